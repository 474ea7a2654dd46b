/** The mode of the service changes: dry run, rollback, other caps. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../stage.ts';
import type { Disturbance } from './disturbance.ts';

/** A reload waits for the step at which it came, as the step waits here: only its beginning is awaited. */
const BEGUN_MS = 15;

async function switchDryRun(stage: Stage, isOn: boolean): Promise<void> {
  stage.settings.dryRun = isOn;
  stage.reload();
  await sleep(BEGUN_MS);
}

export const MODE_SWITCHES: readonly Disturbance[] = [
  { name: 'dry run switched on', happens: (stage) => switchDryRun(stage, true) },
  { name: 'dry run switched off', startsDry: true, happens: (stage) => switchDryRun(stage, false) },
  {
    name: 'dry run switched on, off and on',
    happens: async (stage) => {
      await switchDryRun(stage, true);
      stage.inBackground(async () => {
        await sleep(900 * stage.random());
        await switchDryRun(stage, false);
        await sleep(900 * stage.random());
        await switchDryRun(stage, true);
      });
    },
  },
  {
    name: 'dry run switched on and off at once',
    happens: async (stage) => {
      await switchDryRun(stage, true);
      await switchDryRun(stage, false);
    },
  },
  {
    name: 'rollback and resume',
    notIn: ['start'],
    happens: async (stage) => {
      const { operations } = stage.service ?? {};
      stage.inBackground(async () => {
        await operations?.rollback({ by: 'the crash matrix', reason: 'in between' });
        await operations?.resume();
      });
      await sleep(BEGUN_MS);
    },
  },
  {
    name: 'reload with other caps',
    happens: async (stage) => {
      stage.settings.capBps = 350_000;
      stage.reload();
      await sleep(BEGUN_MS);
    },
  },
];
