import type { Program } from '../program.ts';
import { alone } from './alone.ts';
import { churn } from './churn.ts';
import { crowd } from './crowd.ts';
import { handover } from './handover.ts';
import { latecomers } from './latecomers.ts';
import { lend } from './lend.ts';
import { mixed } from './mixed.ts';
import { outside } from './outside.ts';
import { recap } from './recap.ts';
import { reshape } from './reshape.ts';
import { resumed } from './resumed.ts';
import { small } from './small.ts';
import { swing } from './swing.ts';

export const PROGRAMS: readonly Program[] = [
  churn,
  alone,
  crowd,
  swing,
  small,
  recap,
  reshape,
  mixed,
  outside,
  latecomers,
  lend,
  handover,
  resumed,
];
