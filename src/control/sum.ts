export function sum<T>(items: readonly T[], value: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += value(item);
  return total;
}

export function total(numbers: readonly number[]): number {
  return sum(numbers, (each) => each);
}
