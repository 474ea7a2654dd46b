/**
 * Max-min fair sharing of the link: the level L with Σ min(ask, L) = capacity. Whoever asks less than L has
 * it all. Infinity when everybody can.
 * @param asks bytes; sorted in place
 * @param capacity bytes
 */
export function waterLevel(asks: Float64Array, capacity: number): number {
  let total = 0;
  for (const ask of asks) total += ask;
  if (total <= capacity) return Number.POSITIVE_INFINITY;
  asks.sort();
  let left = capacity;
  let waiting = asks.length;
  for (const ask of asks) {
    if (ask * waiting >= left) return left / waiting;
    left -= ask;
    waiting -= 1;
  }
  return Number.POSITIVE_INFINITY;
}
