/** One metric with all its series, in Prometheus's terms. */
export interface Family {
  /** Counters end in `_total`; units stand at the end, in base units (seconds, bytes). */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** The series as they stand now; one that is not in there is gone. */
  samples(): readonly Sample[];
}

/** Values of bounded number only: never a torrent, a URL or a text from outside. */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** Of a histogram's parts, which have names of their own. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
}

/** What stands at some value at the moment that it is asked. */
export function gauge(name: string, help: string, samples: () => readonly Sample[]): Family {
  return { name, help, type: 'gauge', samples };
}

/** A state as Prometheus has it: a series for each, 1 for the one that it is. */
export function stateSamples(states: readonly string[], current: string, labels: Labels = {}): Sample[] {
  return states.map((state) => ({ labels: { ...labels, state }, value: state === current ? 1 : 0 }));
}
