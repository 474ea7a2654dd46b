import { sum } from './sum.ts';

/*
 * Room above a demand lets a torrent speed up before the next cycle, and costs the cap when many do so at once.
 * Demands of different torrents rise independently, so what n rooms of r B/s cost together grows with r · √n,
 * not r · n (the square-root law of statistical multiplexing): a hundred small torrents may each have ample
 * room where one big one may not. A few torrents are not many: those of them that woke together rise together.
 */

/** Up to so many rooms count in full. */
const FEW = 3;
/**
 * More torrents than this don't rise together any more than by chance; and they share limits of a grid, so that they
 * share calls.
 */
export const MANY = 9;

/** What all rooms together may cost beyond what is spare, as a part of what may be used. */
const COST_OVER = 0.1;
/**
 * Leechers ask in swells, which a window of 6 s doesn't level: with less room, a torrent whose demand is met would
 * seem to press on its limit at times, and be taken for one that wants more.
 */
const ROOM_LEAST = 0.5;
/** Less room than this is too little. */
export const ROOM_TIGHT = 0.4;
/** One torrent alone may break what is available by no more than this part of it. */
const RISE_ALONE = 0.1;
/** Neighbouring limits of the grid stand apart by this factor. */
const GRID = Math.SQRT2;

/** What rooms may cost together, B/s. @param takenBps by all shares of what is available */
export function roomBudget(availableBps: number, takenBps: number): number {
  return Math.max(0, availableBps - takenBps) + COST_OVER * availableBps;
}

/**
 * The limit of a torrent whose demand is met: the demand and its part of the room, up to the next limit of the
 * grid where there are many; but never so high that this torrent alone could break the cap.
 * @param count of the torrents that share the room
 */
export function limitWithRoom(
  demandBps: number,
  { availableBps, takenBps, count }: { availableBps: number; takenBps: number; count: number },
): number {
  const partBps = roomBudget(availableBps, takenBps) / roomsThatRise(count);
  const wantedBps = demandBps + Math.max(ROOM_LEAST * demandBps, partBps);
  const wishedBps = count > MANY ? onGrid(wantedBps) : wantedBps;
  const spareBps = Math.max(0, availableBps - takenBps);
  const overBps = Math.min(RISE_ALONE * availableBps, Math.max(0, availableBps - demandBps) / 2);
  return Math.min(wishedBps, demandBps + spareBps + overBps);
}

function onGrid(limitBps: number): number {
  return GRID ** Math.ceil(Math.log(limitBps) / Math.log(GRID) - 1e-9);
}

/** What these rooms are thought to cost together, B/s. */
export function costOf(roomsBps: readonly number[]): number {
  const count = roomsBps.length;
  if (count === 0) return 0;
  const meanSquare = sum(roomsBps, (roomBps) => roomBps * roomBps) / count;
  return roomsThatRise(count) * Math.sqrt(meanSquare);
}

/** How many of `count` torrents are thought to rise by their whole room at once; 1 at least. */
function roomsThatRise(count: number): number {
  return Math.max(1, Math.min(count, FEW), Math.sqrt(count));
}
