export function sum<T>(items: readonly T[], value: (item: T, index: number) => number): number {
  let total = 0;
  // By index: over lists of many kinds an iterator would make an object for each item.
  for (let i = 0; i < items.length; i += 1) total += value(items[i] as T, i);
  return total;
}

export function total(numbers: readonly number[]): number {
  let all = 0;
  for (let i = 0; i < numbers.length; i += 1) all += numbers[i] ?? 0;
  return all;
}

/** How many of them are so. */
export function count<T>(items: readonly T[], isSo: (item: T, index: number) => boolean): number {
  let many = 0;
  for (let i = 0; i < items.length; i += 1) if (isSo(items[i] as T, i)) many += 1;
  return many;
}
