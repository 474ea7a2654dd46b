/** What the process ends with; documented in `--help` and the README. */
export const EXIT = {
  ok: 0,
  /** The config has errors, or a check found something wrong. */
  invalid: 1,
  /** The command line is wrong, or a confirmation is missing. */
  usage: 2,
  /** It can't start (port in use, data folder not writable, journal held by another process) or go on (a bug). */
  failed: 3,
  /** qBittorrent doesn't answer or refuses the credentials. */
  unreachable: 4,
  /** The running service doesn't answer or refuses what is asked. */
  service: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
