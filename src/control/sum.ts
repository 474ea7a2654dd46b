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
export function countOf(flags: readonly boolean[]): number {
  let count = 0;
  for (let i = 0; i < flags.length; i += 1) if (flags[i] === true) count += 1;
  return count;
}
