/** Work that is done piece by piece: whoever drives it may do something else between two pieces. */
export type Steps<T> = Generator<undefined, T, void>;

export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
