/**
 * Which tracker a torrent belongs to, by its announce URLs.
 *
 * A pattern is searched for (anchored nowhere, case ignored) in "host/path" of the announce URL: no scheme,
 * no user info, no query, and passkeys in the path replaced by "***", so that no passkey can decide a match
 * or reach a log. A URL with a port is also tried as "host:port/path". The first pattern in config order wins.
 *
 * Invariant: what can't be read as an announce URL belongs to no tracker (null), never to the catch-all. Only a torrent
 * that is known to have no tracker at all belongs to that without one.
 */
import type { RE2JS } from 're2js';
import { type AnnounceUrl, parseAnnounceUrl, redactAnnounceUrl } from './announce-url.ts';
import { checkPattern, compilePattern, isCatchAll } from './tracker-pattern.ts';

export { checkPattern, isCatchAll, redactAnnounceUrl };

/** A tracker as far as matching is concerned. */
export interface TrackerPattern {
  readonly id: string;
  readonly pattern: string;
}

export interface MatchResult {
  /** null: unknown, because no URL could be read or no pattern matched. */
  readonly trackerId: string | null;
  readonly pattern: string | null;
  /** The announce URL that decided, redacted. */
  readonly matchedUrl: string | null;
}

export interface PatternTrial {
  readonly trackerId: string;
  readonly pattern: string;
  readonly matched: boolean;
  /** The text it matched on: with or without the port. */
  readonly matchedText: string | null;
  readonly wins: boolean;
}

export interface Explanation {
  /** Redacted. */
  readonly url: string;
  /** What patterns are searched in; null when the URL can't be read. */
  readonly text: string | null;
  /** The same with the port, also searched in; null when the URL names none. */
  readonly textWithPort: string | null;
  readonly trackerId: string | null;
  /** One sentence: which pattern wins and why. */
  readonly reason: string;
  /** Every pattern in config order, those after the winner too. */
  readonly trials: readonly PatternTrial[];
}

export interface Matcher {
  /**
   * @param announceUrls the one in use first. It decides alone when it matches anything but a catch-all;
   * otherwise the earliest pattern in config order that any of them matches.
   */
  match(announceUrls: readonly string[]): MatchResult;
  /** The place in config order of the first pattern that matches this URL; Infinity for none. */
  placeOf(url: string): number;
  /** The tracker whose pattern stands at that place; null for Infinity. */
  trackerAt(place: number): string | null;
  /** Whether a catch-all stands at that place: it decides only where nothing else matches. */
  isCatchAllAt(place: number): boolean;
  /** The tracker under which torrents without any count: the catch-all. Null when there is none. */
  readonly trackerlessId: string | null;
  explain(url: string): Explanation;
}

/** A pattern that can't be compiled reached the matcher; the config check reports these beforehand. */
export class InvalidPatternError extends Error {
  override readonly name = 'InvalidPatternError';
  readonly trackerId: string;

  constructor(trackerId: string, problem: string, options?: ErrorOptions) {
    super(`the pattern of tracker "${trackerId}" can't be used: ${problem}`, options);
    this.trackerId = trackerId;
  }
}

interface Verdict {
  /** Index of the winning pattern; Infinity when none matches. */
  readonly position: number;
  readonly catchAll: boolean;
  readonly result: MatchResult;
}

const UNKNOWN: MatchResult = Object.freeze({ trackerId: null, pattern: null, matchedUrl: null });
const UNMATCHED: Verdict = { position: Number.POSITIVE_INFINITY, catchAll: false, result: UNKNOWN };
const REMEMBERED_VERDICTS = 1024;

/** Forgets what was used longest ago once it holds `capacity` entries. */
class RecentlyUsed<V> {
  readonly #entries = new Map<string, V>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    if (this.#entries.size >= this.#capacity) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.#entries.delete(oldest.value);
    }
    this.#entries.set(key, value);
  }
}

interface CompiledPattern extends TrackerPattern {
  readonly regex: RE2JS;
  readonly catchAll: boolean;
}

function compileAll(trackers: readonly TrackerPattern[]): CompiledPattern[] {
  return trackers.map(({ id, pattern }) => {
    const problem = checkPattern(pattern);
    if (problem !== null) throw new InvalidPatternError(id, problem);
    return { id, pattern, regex: compilePattern(pattern), catchAll: isCatchAll(pattern) };
  });
}

function matchedText({ regex }: CompiledPattern, url: AnnounceUrl): string | null {
  if (regex.test(url.text)) return url.text;
  return url.textWithPort !== null && regex.test(url.textWithPort) ? url.textWithPort : null;
}

/**
 * Compiles the patterns, in config order. Throws InvalidPatternError for one that `checkPattern` refuses.
 * Verdicts are remembered by redacted URL, so that a passkey a torrent can't flood the cache nor stay in it.
 */
export function compileMatcher(trackers: readonly TrackerPattern[]): Matcher {
  const patterns = compileAll(trackers);
  const verdicts = new RecentlyUsed<Verdict>(REMEMBERED_VERDICTS);

  function judge(url: string): Verdict {
    const parsed = parseAnnounceUrl(url);
    if (parsed === null) return UNMATCHED;
    const known = verdicts.get(parsed.redacted);
    if (known !== undefined) return known;
    const position = patterns.findIndex((pattern) => matchedText(pattern, parsed) !== null);
    const winner = patterns[position];
    let verdict = UNMATCHED;
    if (winner !== undefined) {
      const { id, pattern, catchAll } = winner;
      const result = Object.freeze({ trackerId: id, pattern, matchedUrl: parsed.redacted });
      verdict = { position, catchAll, result };
    }
    verdicts.set(parsed.redacted, verdict);
    return verdict;
  }

  return {
    match(announceUrls) {
      let best = UNMATCHED;
      for (const [index, url] of announceUrls.entries()) {
        const verdict = judge(url);
        if (index === 0 && verdict.result.trackerId !== null && !verdict.catchAll) return verdict.result;
        if (verdict.position < best.position) best = verdict;
      }
      return best.result;
    },

    placeOf: (url) => judge(url).position,
    trackerAt: (place) => patterns[place]?.id ?? null,
    isCatchAllAt: (place) => patterns[place]?.catchAll === true,

    trackerlessId: patterns.find(({ catchAll }) => catchAll)?.id ?? null,

    explain(url) {
      const parsed = parseAnnounceUrl(url);
      const texts = patterns.map((pattern) => (parsed === null ? null : matchedText(pattern, parsed)));
      const position = texts.findIndex((text) => text !== null);
      const winner = patterns[position];
      const alsoMatching = texts.filter((text) => text !== null).length - 1;
      let reason: string;
      if (parsed === null) {
        reason =
          'not an announce URL (http, https, udp, ws, wss): unknown, so no tracker, not even the catch-all';
      } else if (winner === undefined) {
        reason = `no pattern matches "${parsed.text}"`;
      } else {
        reason = `"${winner.pattern}" is the first pattern in config order that matches "${texts[position]}"`;
        if (alsoMatching > 0) reason += `; ${alsoMatching} after it would match too`;
      }
      return {
        url: redactAnnounceUrl(url),
        text: parsed?.text ?? null,
        textWithPort: parsed?.textWithPort ?? null,
        trackerId: winner?.id ?? null,
        reason,
        trials: patterns.map(({ id, pattern }, index) => ({
          trackerId: id,
          pattern,
          matched: texts[index] !== null,
          matchedText: texts[index] ?? null,
          wins: index === position,
        })),
      };
    },
  };
}
