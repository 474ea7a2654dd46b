import type { Bus } from '../bus.ts';
import type { LoadResult } from '../config/load.ts';
import type { Journal } from '../journal/records.ts';
import type { Clock } from './clock.ts';
import type { Service } from './service.ts';

/** What the operations work with. */
export interface OperationsParts {
  readonly service: Service;
  readonly journal: Journal;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly version: string;
  readonly loadConfig: () => Promise<LoadResult>;
}
