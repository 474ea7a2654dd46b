/** What others than Qguardarr do to the client and to the config while a case is played. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryJournal } from '../../src/journal/memory-journal.ts';
import type { OriginalRecord } from '../../src/journal/records.ts';
import { randomFrom } from '../../src/simulator/random.ts';
import type { FaultyProxy, LimitWrite } from '../support/faulty-proxy.ts';
import { Rig, type RigOptions } from '../support/service-rig.ts';
import { CAPS, ownLimitOf } from './swarm.ts';

const DOWN_MS = 300;
const TOOL_EVERY_MS = 300;

export class Surroundings {
  /** As the config has them. */
  caps = CAPS;
  readonly #rig: Rig;
  readonly #options: RigOptions;
  readonly #proxy: FaultyProxy;
  /** Limits that Qguardarr wrote so far, by info-hash. */
  readonly #written = new Map<string, number[]>();
  readonly #random = randomFrom(5, 'surroundings');
  /** Of what goes on until the fault is over: how each ends. */
  readonly #endings: (() => Promise<void>)[] = [];
  #isOver = false;

  constructor(rig: Rig, options: RigOptions, proxy: FaultyProxy) {
    this.#rig = rig;
    this.#options = options;
    this.#proxy = proxy;
  }

  note({ infoHashes, limitWire }: LimitWrite): void {
    for (const hash of infoHashes) this.#written.set(hash, [...(this.#written.get(hash) ?? []), limitWire]);
  }

  readonly killClient = async (): Promise<void> => {
    const { simulator } = this.#rig;
    await simulator.stop();
    simulator.endSessions();
    this.#proxy.breakConnections();
    for (const { hash, spec } of simulator.swarm.torrents.values()) {
      const history = [ownLimitOf(spec), ...(this.#written.get(hash) ?? [])];
      const back = history[Math.floor(this.#random() * history.length)] ?? 0;
      simulator.swarm.setUploadLimit([hash], back, Date.now());
    }
    await sleep(DOWN_MS);
    await simulator.start();
  };

  readonly setAll = (bps: number): void => {
    const { swarm } = this.#rig.simulator;
    swarm.setUploadLimit(swarm.torrents.keys(), bps, Date.now());
  };

  readonly keepSettingAll = (bps: number): void => {
    this.setAll(bps);
    const timer = setInterval(() => this.setAll(bps), TOOL_EVERY_MS);
    this.#endings.push(async () => clearInterval(timer));
  };

  readonly startSecondController = async (): Promise<void> => {
    const journal = new MemoryJournal();
    let leave = () => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const ended = Rig.with({ ...this.#options, sharedWith: this.#rig, journal }, async (second) => {
      await second.startService();
      await left;
      if (second.service.link === 'online')
        await second.operations.rollback({ by: 'matrix', reason: 'it goes' });
    });
    this.#endings.push(async () => {
      leave();
      await ended;
      await this.#import([...journal.originals.values()]);
    });
  };

  readonly switchDryRun = async (isOn: boolean): Promise<void> => {
    this.#rig.configure({ dry_run: isOn }, this.caps);
    await this.#rig.operations.reloadConfig();
  };

  /** The fault is over. */
  async end(): Promise<void> {
    for (const end of this.#endings.splice(0)) await end();
    this.#isOver = true;
  }

  /** As users do who have ended what contested the client. */
  async decide(): Promise<void> {
    const { actor } = this.#rig.service;
    const { contest } = actor.getSnapshot().context;
    if (this.#isOver && contest !== null && contest.kind !== 'unknown-limits')
      await this.#rig.operations.takeOwnership();
  }

  /** As users do with the originals of a controller that is gone. */
  async #import(originals: readonly OriginalRecord[]): Promise<void> {
    if (originals.length === 0) return;
    await this.#rig.service.stop();
    await this.#rig.journal.adoptOriginals(originals);
    await this.#rig.startService();
  }
}
