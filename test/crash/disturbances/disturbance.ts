import type { Version } from '../simulated-world.ts';
import type { Stage } from '../stage.ts';

/** Something that happens around the service while it runs, at any of the boundaries between its steps. */
export interface Disturbance {
  readonly name: string;
  /** Only with this version of the client; default any. */
  readonly version?: Version;
  /** The script is played in a dry run from its start. */
  readonly startsDry?: boolean;
  /** Limits of a Qguardarr may be left whose originals no journal ever had. */
  readonly leavesUnknown?: boolean;
  /** Afterwards a rollback on the command line, without a service, does as well. */
  readonly bySelf?: boolean;
  /** Phases in which it cannot happen. */
  readonly notIn?: readonly string[];
  readonly happens: (stage: Stage) => Promise<void>;
}
