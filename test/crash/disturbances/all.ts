import { CLIENT_KILLED } from './client-killed.ts';
import type { Disturbance } from './disturbance.ts';
import { FOREIGN_WRITES } from './foreign-writes.ts';
import { MODE_SWITCHES } from './mode-switches.ts';
import { TWO_CONTROLLERS } from './two-controllers.ts';
import { USER_WRITES } from './user-writes.ts';

export const DISTURBANCES: readonly Disturbance[] = [
  ...CLIENT_KILLED,
  ...USER_WRITES,
  ...FOREIGN_WRITES,
  ...MODE_SWITCHES,
  ...TWO_CONTROLLERS,
];
