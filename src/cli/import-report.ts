/** What an import found, for people and for scripts. */
import { humanRate, limitFromWire } from '../control/units.ts';
import type { Histories } from '../import/histories.ts';
import type { ImportPlan, Outcome, PlannedTorrent } from '../import/import-plan.ts';
import { count, table } from './output.ts';

/** A list of 30,000 is of no use. */
const MOST_SHOWN = 20;

export function importLines(source: string, histories: Histories, { torrents }: ImportPlan): string[] {
  const lines = [
    `${source}: ${count(histories.rows, 'change')} of ${count(histories.torrents.size, 'torrent')}`,
  ];
  if (torrents.length > 0) {
    const shown = torrents
      .slice(0, MOST_SHOWN)
      .map((torrent) => [
        torrent.infoHash,
        rate(torrent.originalWire),
        rate(torrent.lastWire),
        whatBecomes(torrent),
      ]);
    lines.push(...table([['TORRENT', 'OWN LIMIT', 'LAST WRITTEN', 'WHAT'], ...shown]));
    const more = torrents.length - shown.length;
    if (more > 0) lines.push(`and ${count(more, 'torrent')} more; --json lists all`);
  }
  const of = (outcome: Outcome) => torrents.filter((torrent) => torrent.outcome === outcome).length;
  const others = torrents.filter(({ otherWire, outcome }) => outcome === 'import' && otherWire !== null);
  const notes: readonly (readonly [number: number, text: string])[] = [
    [of('known'), 'under management already: the original in the journal stays'],
    [of('restored'), 'with the limit of its own already: nothing to take over'],
    [others.length, 'had yet another limit in between, perhaps set by hand: the oldest is taken'],
  ];
  lines.push(
    ...notes.filter(([number]) => number > 0).map(([number, text]) => `${count(number, 'torrent')} ${text}`),
  );
  lines.push("The oldest limit noted for a torrent is its own: later ones may be the Python Qguardarr's.");
  return lines;
}

function whatBecomes({ outcome, knownWire, otherWire }: PlannedTorrent): string {
  switch (outcome) {
    case 'import':
      return otherWire === null ? 'taken over' : `taken over; ${rate(otherWire)} was seen later`;
    case 'known':
      return `kept: the journal has ${rate(knownWire ?? 0)}`;
    case 'restored':
      return 'has it back already';
  }
}

function rate(wire: number): string {
  return humanRate(limitFromWire(wire));
}

/** Limits in B/s, 0 for none. */
export function importAnswer(
  status: 'not_confirmed' | 'imported',
  source: string,
  histories: Histories,
  { torrents, records }: ImportPlan,
): Record<string, unknown> {
  return {
    status,
    source,
    changes: histories.rows,
    originals: records.length,
    torrents: torrents.map((torrent) => ({
      hash: torrent.infoHash,
      outcome: torrent.outcome,
      original_limit: torrent.originalWire,
      last_written: torrent.lastWire,
      tracker: torrent.trackerId,
      first_changed_at: new Date(torrent.firstAt).toISOString(),
      ...(torrent.knownWire === null ? {} : { journal_limit: torrent.knownWire }),
      ...(torrent.otherWire === null ? {} : { other_limit: torrent.otherWire }),
    })),
  };
}
