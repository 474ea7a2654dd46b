/** Something measured that is not as it should be, and has not been for a while. */
export interface Alarm {
  readonly kind: 'cap_not_held' | 'loop_slow' | 'full_reads' | 'announce_urls';
  /** Null unless it is about one tracker. */
  readonly trackerId: string | null;
  /** What was measured, the likely reason, and what to do. */
  readonly problem: string;
  /** False: it is to be expected, as in a dry run, and only to be said. */
  readonly isFault: boolean;
}

const ENDS: Readonly<Record<Alarm['kind'], string>> = {
  cap_not_held: 'its upload has been within the cap for a minute',
  loop_slow: 'cycles are on time again, and have been for a minute',
  full_reads: 'qBittorrent sends only what changed again',
  announce_urls: 'no announce URLs are left out any more',
};

/** What is said when it is over. */
export function endOf({ kind, trackerId }: Pick<Alarm, 'kind' | 'trackerId'>): string {
  return trackerId === null ? ENDS[kind] : `tracker "${trackerId}": ${ENDS[kind]}`;
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

export function megabytes(bytes: number): string {
  return bytes < 100_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
