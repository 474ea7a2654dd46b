/**
 * The service in a process of its own that dies at the boundary that its plan names: the parts of the product put
 * together as the product's composition root does, with boundaries in between. No product code knows of them.
 */
import path from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import { type Bus, createBus } from '../../src/bus.ts';
import { rollback as rollbackByCommandLine } from '../../src/cli/rollback.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { NedbJournal } from '../../src/journal/nedb-journal.ts';
import { systemClock } from '../../src/service/clock.ts';
import { createClient } from '../../src/service/limits/create-client.ts';
import type { Operations } from '../../src/service/operations.ts';
import { PatientJournal } from '../../src/service/patient-journal.ts';
import { Service } from '../../src/service/service.ts';
import { createOperations } from '../../src/service/service-operations.ts';
import type { ClientFactory } from '../../src/service/service-parts.ts';
import { TappedJournal } from '../support/tapped-journal.ts';
import { Boundaries } from './boundaries.ts';
import { configYaml, journalFile } from './config.ts';
import { type Message, Plan } from './plan.ts';
import { type Actors, nextOf, rollBack, SCRIPT } from './script.ts';
import { TappedDisk } from './tapped-disk.ts';
import { CAP_BPS } from './world.ts';

const decoded = Plan.decode(JSON.parse(process.argv[2] ?? 'null'));
if (isLeft(decoded)) throw new Error(`expected a plan as the argument, got ${process.argv[2]}`);
const plan = decoded.right;
const boundaries = new Boundaries(plan.target);
const disk = new TappedDisk(boundaries);
disk.tapNedb();

let capBps = CAP_BPS;
const load = () =>
  loadConfig({
    path: path.join(plan.folder, 'qguardarr.yaml'),
    env: {},
    dotenvPath: null,
    readFile: async () => configYaml(plan.qbittorrentPort, plan.folder, capBps),
  });

/** Resolves when the other side has answered. */
async function tell(message: Message): Promise<void> {
  if (process.send === undefined) throw new Error('expected to be forked');
  const answered = new Promise<void>((resolve) => process.once('message', () => resolve()));
  process.send(message);
  await answered;
}

const tappedClient: ClientFactory = (config, hooks) => {
  const client = createClient(config, hooks);
  const tap =
    <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await boundaries.cross(`${name}: call begins`);
      const result = await call.apply(client, args);
      await boundaries.cross(`${name}: answered`);
      return result;
    };
  client.setUploadLimit = tap('setUploadLimit', client.setUploadLimit);
  client.restoreUploadLimit = tap('restoreUploadLimit', client.restoreUploadLimit);
  client.mainData = tap('mainData', client.mainData);
  return client;
};

async function actorsOf(config: Config): Promise<Actors & { readonly journal: NedbJournal }> {
  const journal = new NedbJournal({ path: journalFile(plan.folder), sync: disk.sync });
  await journal.open();
  const patient = new PatientJournal({ journal, path: plan.folder, clock: systemClock });
  const tapped = new TappedJournal(patient);
  let keptHouse = () => {};
  tapped.around = async (operation, run) => {
    const result = await disk.during(operation, run);
    if (operation === 'prune') keptHouse();
    return result;
  };
  const bus: Bus = createBus((name, error) => {
    throw new Error(`a listener of ${name} failed`, { cause: error });
  });
  const service = new Service({
    config,
    createClient: tappedClient,
    journal: tapped,
    bus,
    clock: systemClock,
  });
  const operations: Operations = createOperations({
    service,
    journal: tapped,
    bus,
    clock: systemClock,
    version: '0.0.0-crash',
    loadConfig: load,
  });
  return {
    service,
    operations,
    bus,
    journal,
    recap: async (wanted) => {
      capBps = wanted;
      await operations.reloadConfig();
    },
    hand: () => tell({ kind: 'hand' }),
    houseKept: () =>
      new Promise((resolve) => {
        keptHouse = resolve;
      }),
    stop: async () => {
      await service.stop();
      await tapped.around('close', () => journal.close());
    },
  };
}

async function enter(phase: string): Promise<void> {
  await tell({ kind: 'phase', phase });
  boundaries.phase = phase;
}

async function play(config: Config): Promise<number> {
  await enter('start');
  const actors = await actorsOf(config);
  for (const [phase, live] of SCRIPT) {
    await enter(phase);
    await live(actors);
  }
  return actors.journal.originals.size;
}

/** As whoever finds it dead does: starts it, lets it work, and has it roll back. */
async function recover(config: Config): Promise<number> {
  await enter('recovery');
  const actors = await actorsOf(config);
  const { service, operations, bus, journal } = actors;
  // A rollback that was interrupted comes before any cycle.
  const working = Promise.race([
    nextOf(
      bus,
      'state:changed',
      ({ machine, from, to }) => machine === 'cycle' && from !== null && to === 'idle',
    ),
    nextOf(bus, 'rollback:finished'),
  ]);
  service.start();
  await working;
  await rollBack(operations);
  await actors.stop();
  return journal.originals.size;
}

const loaded = await load();
if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
if (plan.mode === 'command line') {
  const code = await rollbackByCommandLine(path.join(plan.folder, 'qguardarr.yaml'), {
    confirm: true,
    reason: 'after the crash',
    scope: null,
  });
  process.exit(code);
}
const originals = await (plan.mode === 'play' ? play : recover)(loaded.config);
await tell({ kind: 'ended', crossed: boundaries.crossed, originals });
process.exit(0);
