/** Byte counters read at odd moments, made into bytes per whole second. Pure. */

/** What every counter showed at one moment; a torrent that isn't there counts as 0. */
export interface CounterReading {
  /** Any monotonic clock. */
  readonly atMs: number;
  readonly bytes: readonly number[];
}

/**
 * @param readings in order, at least one, all with the same torrents, only those at which something moved: a
 *   counter that is updated once a second says nothing between its updates
 * @param startMs where second 0 begins
 * @returns whole bytes by torrent and second; between two readings bytes are taken to come evenly
 */
export function bytesPerSecond(
  readings: readonly CounterReading[],
  startMs: number,
  seconds: number,
): number[][] {
  const torrents = readings[0]?.bytes.length ?? 0;
  return Array.from({ length: torrents }, (_, torrent) => {
    const marks = counterAt(readings, torrent, startMs, seconds);
    return Array.from({ length: seconds }, (_, second) => (marks[second + 1] ?? 0) - (marks[second] ?? 0));
  });
}

/** The counter at the start of each second and the end of the last. */
function counterAt(
  readings: readonly CounterReading[],
  torrent: number,
  startMs: number,
  seconds: number,
): number[] {
  let next = 0;
  return Array.from({ length: seconds + 1 }, (_, second) => {
    const atMs = startMs + second * 1000;
    while (next < readings.length && (readings[next]?.atMs ?? 0) < atMs) next += 1;
    const before = readings[Math.max(0, next - 1)];
    const after = readings[Math.min(next, readings.length - 1)];
    const low = before?.bytes[torrent] ?? 0;
    const high = after?.bytes[torrent] ?? 0;
    const span = (after?.atMs ?? 0) - (before?.atMs ?? 0);
    // Rounded here and not later: so no byte is lost between two seconds.
    return span <= 0 ? high : Math.round(low + ((high - low) * (atMs - (before?.atMs ?? 0))) / span);
  });
}
