import { costOf } from './room.ts';
import type { Target } from './targets.ts';
import { UNLIMITED } from './units.ts';

/** A cut smaller than this is lost in a client's own 3 %. */
const NOISE = 0.02;
/** A torrent whose demand is met may stand this much above the level before it is cut to it. */
const ABOVE_LEVEL = 0.05;
/** Room above a demand may stand this much over its target before it is taken back: it limits no torrent. */
const ROOM_TOLERANCE = 2;
const GUARD_TOLERANCE = 1.3;

export interface Cut {
  readonly toBps: number;
  readonly reason: Target['reason'];
}

export interface CutRules {
  /** The rooms that torrents have above their demands may cost more than there is for it. */
  readonly crowded: boolean;
  /** An idle torrent may stand no higher, B/s. */
  readonly mostIdleBps: number;
}

/** @param roomBudgetBps what room above demands may cost together, B/s */
export function isCrowded(targets: readonly Target[], roomBudgetBps: number): boolean {
  const rooms: number[] = [];
  for (const target of targets) {
    const roomBps = roomOf(target);
    if (roomBps > 0) rooms.push(roomBps);
  }
  return costOf(rooms) > roomBudgetBps;
}

/** What it may use beyond what it does, by its present limit. */
function roomOf({ reading, reason, limitBps }: Target): number {
  if (reason !== 'headroom' && reason !== 'standby limit') return 0;
  // Guards have a budget of their own: only what an idle torrent has beyond its guard counts.
  const had = reason === 'standby limit' ? Math.max(limitBps, reading.usage.rateBps) : reading.usage.rateBps;
  return Math.max(0, reading.limitBps - had);
}

/** How far the torrent must be cut now; null: not at all. */
export function cutOf(target: Target, { crowded, mostIdleBps }: CutRules): Cut | null {
  const { limitBps: hadBps, ownLimitBps } = target.reading;
  const { limitBps: toBps, mostBps, reason } = target;
  if (toBps >= hadBps) return null;
  const cut = { toBps, reason };
  if (hadBps === UNLIMITED) return cut;
  switch (reason) {
    case 'own limit':
      // A user's own limit is a ceiling, not a target with room.
      return cut;
    case 'level':
      return hadBps > toBps * (1 + NOISE) ? cut : null;
    case 'headroom':
      if (hadBps > mostBps * (1 + ABOVE_LEVEL))
        return { toBps: Math.min(mostBps, ownLimitBps), reason: 'level' };
      return crowded && hadBps > toBps * ROOM_TOLERANCE ? cut : null;
    case 'standby limit':
      // What an idle torrent has above its guard it banks as burst.
      return (crowded || hadBps > mostIdleBps) && hadBps > toBps * GUARD_TOLERANCE ? cut : null;
  }
}
