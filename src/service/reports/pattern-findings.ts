import { type Explanation, isCatchAll, type Matcher, redactAnnounceUrl } from '../../control/matching.ts';
import type { Finding } from './diagnosis.ts';

/**
 * Patterns that never get a torrent because of an earlier one, and torrents that several trackers could count.
 * @param torrents announce URLs of each, the one in use first
 */
export function diagnosePatterns(torrents: readonly (readonly string[])[], matcher: Matcher): Finding[] {
  const explain = remembering((url) => matcher.explain(url));
  return [...shadowed(torrents, explain), ...severalTrackers(torrents, explain)];
}

type Explain = (url: string) => Explanation;

/** Thousands of torrents share a tracker's URL but for the passkey. */
function remembering(explain: Explain): Explain {
  const known = new Map<string, Explanation>();
  return (url) => {
    const redacted = redactAnnounceUrl(url);
    const found = known.get(redacted) ?? explain(url);
    known.set(redacted, found);
    return found;
  };
}

function shadowed(torrents: readonly (readonly string[])[], explain: Explain): Finding[] {
  const winners = new Set<string>();
  /** By tracker that matches and doesn't win: those that win instead, with how many torrents. */
  const losers = new Map<string, Map<string, number>>();
  for (const [url] of torrents) {
    if (url === undefined) continue;
    const { trackerId, trials } = explain(url);
    if (trackerId === null) continue;
    winners.add(trackerId);
    for (const trial of trials) {
      if (!trial.matched || trial.wins || isCatchAll(trial.pattern)) continue;
      const byWinner = losers.get(trial.trackerId) ?? new Map<string, number>();
      byWinner.set(trackerId, (byWinner.get(trackerId) ?? 0) + 1);
      losers.set(trial.trackerId, byWinner);
    }
  }
  return [...losers].flatMap(([id, byWinner]): Finding[] => {
    if (winners.has(id)) return [];
    const [winner, count] = [...byWinner].sort((a, b) => b[1] - a[1])[0] ?? ['', 0];
    const torrentsOf = count === 1 ? '1 torrent' : `${count} torrents`;
    return [
      {
        severity: 'warning',
        problem: `the pattern of tracker "${id}" matches ${torrentsOf}, but "${winner}" stands before it and takes all of them`,
        advice: `put "${id}" above "${winner}" in the config: the first pattern that matches wins`,
      },
    ];
  });
}

function severalTrackers(torrents: readonly (readonly string[])[], explain: Explain): Finding[] {
  let count = 0;
  let example = '';
  for (const announceUrls of torrents) {
    const ids = new Set(announceUrls.flatMap((url) => specificTracker(explain(url)) ?? []));
    if (ids.size < 2) continue;
    count += 1;
    example ||= [...ids].map((id) => `"${id}"`).join(' and ');
  }
  if (count === 0) return [];
  return [
    {
      severity: 'warning',
      problem: `${count === 1 ? '1 torrent has' : `${count} torrents have`} announce URLs of several trackers (such as ${example})`,
      advice:
        'each counts for one tracker only, the one whose announce works; what it uploads to peers of the others counts there too',
    },
  ];
}

/** Null for the catch-all too: half of all torrents have some tracker that is not configured. */
function specificTracker({ trials }: Explanation): string | null {
  const winner = trials.find(({ wins }) => wins);
  return winner === undefined || isCatchAll(winner.pattern) ? null : winner.trackerId;
}
