/**
 * The service as the product's composition root puts it together, with boundaries between its steps. No product code
 * knows of them.
 */
import path from 'node:path';
import { type Bus, createBus } from '../../src/bus.ts';
import { loadConfig } from '../../src/config/load.ts';
import { NedbJournal } from '../../src/journal/nedb-journal.ts';
import type { QbittorrentClient } from '../../src/qbittorrent/client.ts';
import { systemClock } from '../../src/service/clock.ts';
import { createClient } from '../../src/service/limits/create-client.ts';
import type { Operations } from '../../src/service/operations.ts';
import { PatientJournal } from '../../src/service/patient-journal.ts';
import { Service } from '../../src/service/service.ts';
import { createOperations } from '../../src/service/service-operations.ts';
import type { ClientFactory, ServiceParts } from '../../src/service/service-parts.ts';
import { TappedJournal } from '../support/tapped-journal.ts';
import type { Boundaries } from './boundaries.ts';
import { configYaml, journalFile, type Settings } from './config.ts';
import { TappedDisk } from './tapped-disk.ts';

export interface TappedServiceOptions {
  readonly folder: string;
  /** Of what the service takes for the client's WebUI. */
  readonly clientPort: number;
  readonly boundaries: Boundaries;
  /** What the config says; changed, it is in force after a reload. */
  readonly settings: Settings;
  readonly pauses?: ServiceParts['pauses'];
}

export interface TappedService {
  readonly service: Service;
  readonly operations: Operations;
  readonly bus: Bus;
  readonly journal: NedbJournal;
  readonly settings: Settings;
  /** What must never happen, and has: a listener of the bus threw, or limits were set where none may be. */
  readonly failures: readonly unknown[];
  /** Resolves when the journal has been compacted. */
  houseKept(): Promise<void>;
  /** Closes service and journal in good order. */
  stop(): Promise<void>;
  /** As a killed process: from now on it reaches neither the client nor the journal. */
  die(): Promise<void>;
}

/** Opens the journal; the service is not started. @throws JournalError */
export async function tappedService(options: TappedServiceOptions): Promise<TappedService> {
  const { folder, clientPort, boundaries, settings, pauses } = options;
  const disk = new TappedDisk(boundaries);
  const journal = new NedbJournal({ path: journalFile(folder), sync: disk.sync });
  await disk.opening(() => journal.open());
  const load = () =>
    loadConfig({
      path: path.join(folder, 'qguardarr.yaml'),
      env: {},
      dotenvPath: null,
      readFile: async () => configYaml(clientPort, folder, settings),
    });
  const loaded = await load();
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));

  const tapped = new TappedJournal(new PatientJournal({ journal, path: folder, clock: systemClock }));
  let keptHouse = () => {};
  tapped.around = async (operation, run) => {
    const result = await disk.during(operation, run);
    if (operation === 'prune') keptHouse();
    return result;
  };
  const failures: unknown[] = [];
  const bus = createBus((name, error) =>
    failures.push(new Error(`a listener of ${name} failed`, { cause: error })),
  );
  const clients: QbittorrentClient[] = [];
  const noteWrite = () => {
    const isContested = service.link === 'contested';
    const isDry = service.live.dryRun !== null;
    return () => {
      if (isContested) failures.push(new Error('a contested client was written to'));
      if (isDry) failures.push(new Error('a dry run wrote to the client'));
    };
  };
  const service = new Service({
    config: loaded.config,
    createClient: (config, hooks) => {
      const client = tappedClient(boundaries, noteWrite)(config, hooks);
      clients.push(client);
      return client;
    },
    journal: tapped,
    bus,
    clock: systemClock,
    ...(pauses === undefined ? {} : { pauses }),
  });
  const operations = createOperations({
    service,
    journal: tapped,
    bus,
    clock: systemClock,
    version: '0.0.0-crash',
    loadConfig: load,
  });
  bus.on('state:changed', ({ machine, to }) => {
    // Nothing waits for it: what happens here happens beside the step that has begun.
    if (machine === 'cycle' && to !== null && to !== 'idle') void boundaries.cross(`cycle: ${to}`);
  });
  return {
    service,
    operations,
    bus,
    journal,
    settings,
    failures,
    houseKept: () =>
      new Promise((resolve) => {
        keptHouse = resolve;
      }),
    stop: async () => {
      await service.stop();
      await tapped.around('close', () => journal.close());
    },
    die: async () => {
      tapped.die();
      for (const client of clients) client.close();
      await service.stop();
      await journal.close();
    },
  };
}

/** @param noteWrite called as a call that sets limits begins; what it returns, when the client has done it */
function tappedClient(boundaries: Boundaries, noteWrite: () => () => void): ClientFactory {
  return (config, hooks) => {
    const client = createClient(config, hooks);
    const tap =
      <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>, note = () => () => {}) =>
      async (...args: A): Promise<R> => {
        await boundaries.cross(`${name}: call begins`);
        const noteDone = note();
        const result = await call.apply(client, args);
        noteDone();
        await boundaries.cross(`${name}: answered`);
        return result;
      };
    client.setUploadLimit = tap('setUploadLimit', client.setUploadLimit, noteWrite);
    client.restoreUploadLimit = tap('restoreUploadLimit', client.restoreUploadLimit, noteWrite);
    client.mainData = tap('mainData', client.mainData);
    client.clientData = tap('clientData', client.clientData);
    client.setClientData = tap('setClientData', client.setClientData);
    return client;
  };
}
