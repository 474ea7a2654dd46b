/** The user sets limits by hand. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NAMES, TORRENTS } from '../world.ts';
import type { Disturbance } from './disturbance.ts';

const VALUES = [0, 2_000, 250_000, 512 * 1024, 2_000_000];
const BULK_BPS = 500 * 1024;

export const USER_WRITES: readonly Disturbance[] = [
  {
    name: 'user sets one limit',
    happens: async (stage) => {
      await stage.clientIsUp;
      const { name = '', ownBps } = TORRENTS[Math.floor(stage.random() * TORRENTS.length)] ?? {};
      const values = VALUES.filter((value) => value !== ownBps);
      await stage.set([name], values[Math.floor(stage.random() * values.length)] ?? 0);
    },
  },
  {
    name: 'user sets all limits to one value',
    happens: async (stage) => await stage.set(NAMES, BULK_BPS),
  },
  {
    name: 'user sets one limit, and soon another',
    happens: async (stage) => {
      const { name = '' } = TORRENTS[Math.floor(stage.random() * TORRENTS.length)] ?? {};
      await stage.set([name], 300_000);
      stage.inBackground(async () => {
        await sleep(600 * stage.random());
        await stage.set([name], 400_000);
      });
    },
  },
];
