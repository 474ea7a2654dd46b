import type { ActorOptions } from 'xstate';
import type { serviceMachine } from '../../machines/service.machine.ts';
import type { Bus } from '../bus.ts';
import type { Config } from '../config/schema.ts';
import type { Journal } from '../journal/records.ts';
import type { ClientHooks, QbittorrentClient } from '../qbittorrent/client.ts';
import type { Clock } from './clock.ts';
import type { RolloutStore } from './rollout/rollout-store.ts';

/** What a client is made with besides its config: how its calls are reported. */
export type ClientFactory = (config: Config, hooks: Required<ClientHooks>) => QbittorrentClient;

export interface ServiceParts {
  readonly config: Config;
  readonly createClient: ClientFactory;
  readonly journal: Journal;
  /** Default: rollout begins as configured, and ends with the process. */
  readonly rolloutStore?: RolloutStore;
  readonly bus: Bus;
  readonly clock: Clock;
  /** Lets the machine's pauses pass, from the back-off to a ban's quarter of an hour; real time by default. */
  readonly pauses?: NonNullable<ActorOptions<typeof serviceMachine>['clock']>;
}
