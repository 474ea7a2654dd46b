/** Work that is done piece by piece: whoever drives it may do something else between two pieces. */
export type Steps<T> = Generator<undefined, T, void>;

/** So many things of a kind are done in a step: that takes no time that anyone would notice. */
export const AT_A_TIME = 256;

export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

export function* eachInSteps<T>(items: Iterable<T>, act: (item: T, index: number) => void): Steps<void> {
  let index = 0;
  for (const item of items) {
    act(item, index);
    index += 1;
    if (index % AT_A_TIME === 0) yield;
  }
}

/** As `sort` does, in an array of its own: short runs first, then ever longer ones of two. */
export function* sortInSteps<T>(items: readonly T[], compare: (a: T, b: T) => number): Steps<T[]> {
  let runs: T[][] = [];
  for (let from = 0; from < items.length; from += AT_A_TIME) {
    runs.push(items.slice(from, from + AT_A_TIME).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const longer: T[][] = [];
    for (let first = 0; first < runs.length; first += 2)
      longer.push(yield* mergeInSteps(runs[first] ?? [], runs[first + 1] ?? [], compare));
    runs = longer;
  }
  return runs[0] ?? [];
}

/** Of two that are in order, one that is; of what compares as the same, the left one's comes first. */
export function* mergeInSteps<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
): Steps<T[]> {
  const merged: T[] = [];
  let next = 0;
  yield* eachInSteps(left, (item) => {
    for (; next < right.length && compare(item, right[next] as T) > 0; next += 1)
      merged.push(right[next] as T);
    merged.push(item);
  });
  for (; next < right.length; next += 1) merged.push(right[next] as T);
  return merged;
}
