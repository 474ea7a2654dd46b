export interface JournalOptions {
  /** How long changes are kept, and rollbacks but the one in force, ms. Default 30 days. */
  readonly keepChangesMs?: number;
  /** At most so many changes are kept, the newest; in memory each costs about 1.2 kB. Default 5000. */
  readonly maxChanges?: number;
  /** Nor more than name so many torrents together (briefly twice that); 46 bytes each. Default 50,000. */
  readonly maxChangedTorrents?: number;
  /** False: changes aren't kept, only originals (with the last limits) and rollbacks. Default true. */
  readonly trackAllChanges?: boolean;
  /** Unix ms. */
  readonly now?: () => number;
}
