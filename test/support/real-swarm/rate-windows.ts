/** What a download counter says about rates. Pure: the sampling is in ground-truth.ts. */

/** One reading of one torrent's byte counter. */
export interface Sample {
  /** Any monotonic clock. */
  readonly atMs: number;
  readonly bytes: number;
}

export interface RateSummary {
  readonly meanBps: number;
  /** Of all windows; they start at every sample. */
  readonly worstWindowBps: number;
  /** 19 of 20 windows are at or under it. */
  readonly p95WindowBps: number;
}

/** Bytes gained between the first and the last sample over the time between them, B/s; 0 with fewer than 2. */
export function meanRate(samples: readonly Sample[]): number {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0;
  return ((last.bytes - first.bytes) / (last.atMs - first.atMs)) * 1000;
}

/** Rates over every window of at least `windowMs` that starts at a sample and ends at the next one after it. */
export function windowRates(samples: readonly Sample[], windowMs: number): number[] {
  const rates: number[] = [];
  let end = 0;
  for (const [start, first] of samples.entries()) {
    while (end < samples.length && (samples[end]?.atMs ?? 0) - first.atMs < windowMs) end += 1;
    if (end >= samples.length) break;
    rates.push(meanRate(samples.slice(start, end + 1)));
  }
  return rates;
}

/** @throws RangeError when the samples don't span one window: a check on no data would pass falsely */
export function summarize(samples: readonly Sample[], windowMs: number): RateSummary {
  const rates = windowRates(samples, windowMs).sort((left, right) => left - right);
  if (rates.length === 0) {
    throw new RangeError(`expected samples over at least ${windowMs} ms, got ${samples.length} samples`);
  }
  return {
    meanBps: meanRate(samples),
    worstWindowBps: rates.at(-1) ?? 0,
    p95WindowBps: rates[Math.ceil(rates.length * 0.95) - 1] ?? 0,
  };
}

/** Adds up counters that were read together: sample i of each is of the same moment. */
export function addSamples(counters: readonly (readonly Sample[])[]): Sample[] {
  const [first = []] = counters;
  return first.map((sample, index) => ({
    atMs: sample.atMs,
    bytes: counters.reduce((sum, counter) => sum + (counter[index]?.bytes ?? 0), 0),
  }));
}
