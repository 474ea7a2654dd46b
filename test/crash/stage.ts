/** The script played in this process, with something happening around the service at one boundary. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLeft } from 'fp-ts/lib/Either.js';
import { hasMark } from '../../src/control/limit-mark.ts';
import { NedbJournal } from '../../src/journal/nedb-journal.ts';
import { OperationRefused } from '../../src/service/operations.ts';
import { exportOriginals, importOriginals } from '../../src/service/ownership/originals-file.ts';
import { randomFrom } from '../../src/simulator/random.ts';
import { Boundaries } from './boundaries.ts';
import { journalFile, type Settings, usualSettings } from './config.ts';
import type { Disturbance } from './disturbances/disturbance.ts';
import { Ledger } from './ledger.ts';
import type { LimitGate } from './limit-gate.ts';
import type { Target } from './plan.ts';
import { isAtRest, keepCycling } from './rest.ts';
import { type Actors, NotAsScripted, SCRIPT } from './script.ts';
import { type TappedService, tappedService } from './tapped-service.ts';
import { BY_HAND, INSTANCE, REFRESH_MS, TORRENTS, type World } from './world.ts';

/** A phase that has not ended after this long, with the service at rest, waits for what will not come. */
const STUCK_AFTER_MS = 800;

const TRACED_CHARS = 300;

/** Back-off and other pauses pass ten times as fast. */
export const HURRIED = {
  setTimeout: (then: () => void, ms: number) => setTimeout(then, Math.min(300, ms / 10)),
  clearTimeout: (timer: NodeJS.Timeout) => clearTimeout(timer),
};

export interface StageOptions {
  readonly world: World;
  readonly folder: string;
  readonly target: Target | null;
  readonly startsDry: boolean;
  readonly seed: number;
  readonly happens: Disturbance['happens'];
}

export class Stage {
  readonly world: World;
  readonly ledger = new Ledger(Object.fromEntries(TORRENTS.map(({ name, ownBps }) => [name, ownBps])));
  readonly settings: Settings;
  readonly boundaries: Boundaries;
  readonly random: () => number;
  /** What the services told, for people who look for the cause of a failure. */
  readonly trace: string[] = [];
  /** The client is there. */
  clientIsUp: Promise<void> = Promise.resolve();
  readonly #folder: string;
  readonly #problems = new Set<string>();
  readonly #endings: (() => void)[] = [];
  readonly #services: TappedService[] = [];
  readonly #marked = new Set<string>();
  readonly #background: Promise<void>[] = [];
  #actors: Actors | null = null;
  #ending: (() => Promise<string>) | null = null;
  #isDisturbed = false;
  /** Nothing need be as the script says any more. */
  #isFree: boolean;

  constructor({ world, folder, target, startsDry, seed, happens }: StageOptions) {
    this.world = world;
    this.#folder = folder;
    this.#isFree = startsDry;
    this.settings = { ...usualSettings(), dryRun: startsDry };
    this.random = randomFrom(seed, 'stage');
    this.boundaries = new Boundaries(target, async () => {
      this.#isDisturbed = true;
      this.#isFree = true;
      // A step that is only watched does not wait for it, and the script's end must.
      const happening = this.#noting(() => happens(this));
      this.#background.push(happening);
      await happening;
    });
    world.gate.onCrossing = async (crossing) => {
      await this.boundaries.cross(`setUploadLimit: ${crossing}`);
      return false;
    };
    for (const gate of [world.gate, world.secondGate]) this.#keepLedger(gate);
  }

  /** What was to happen has happened. */
  get isDisturbed(): boolean {
    return this.#isDisturbed;
  }

  /** The service of the script; null before its journal is open. */
  get service(): TappedService | null {
    return this.#actors;
  }

  /** Names of the torrents whose original limits a journal has; by default that of the script's service. */
  knownTo(journal = this.#actors?.journal): ReadonlySet<string> {
    const keys = [...(journal?.originals.keys() ?? []), ...(journal?.restored.keys() ?? [])];
    return new Set(keys.map((key) => this.world.nameOf(key.slice(key.indexOf(':') + 1))));
  }

  /** What went wrong so far. */
  get problems(): readonly string[] {
    const failures = this.#services.flatMap((one) => one.failures.map(String));
    return [...this.#problems, ...this.#marked, ...failures];
  }

  /** Goes on beside the script; awaited at its end. */
  inBackground(task: () => Promise<unknown>): void {
    this.#background.push(this.#noting(task));
  }

  /**
   * In place of the orderly stop at the script's end; no service runs after it.
   * @param ending resolves with the folder of the journal that all is recovered from, below the case's
   */
  endWith(ending: () => Promise<string>): void {
    this.#ending = ending;
  }

  /** As a timer does, until the returned function is called, or the case is over. */
  keepCycling(tapped: TappedService): () => void {
    const end = keepCycling(tapped);
    this.#endings.push(end);
    return end;
  }

  /** Nothing goes on after the case. */
  async close(): Promise<void> {
    for (const end of this.#endings) end();
    await Promise.allSettled(this.#services.map((one) => one.die()));
  }

  /** What went on beside the script is over. */
  async settled(): Promise<void> {
    await Promise.all(this.#background);
  }

  /** Puts the settings in force. */
  reload(): void {
    const { operations } = this.#actors ?? {};
    if (operations !== undefined) this.inBackground(() => operations.reloadConfig());
  }

  /** The user sets a limit. */
  async set(names: readonly string[], bps: number): Promise<void> {
    await this.world.set(names, bps);
    for (const name of names) this.ledger.userSet(name, bps);
  }

  /** A service with a journal of its own, below the case's folder. Not started. */
  async openService(
    folder: string,
    gate: LimitGate,
    boundaries = new Boundaries(null),
  ): Promise<TappedService> {
    const tapped = await tappedService({
      folder: path.join(this.#folder, folder),
      clientPort: gate.port,
      boundaries,
      settings: boundaries === this.boundaries ? this.settings : usualSettings(),
      pauses: HURRIED,
    });
    this.#services.push(tapped);
    this.#watch(folder, tapped);
    return tapped;
  }

  /** With the journal of no running service, below the case's folder. */
  async withJournal<T>(folder: string, task: (journal: NedbJournal) => Promise<T>): Promise<T> {
    const journal = new NedbJournal({ path: journalFile(path.join(this.#folder, folder)) });
    await journal.open();
    try {
      return await task(journal);
    } finally {
      await journal.close();
    }
  }

  /** As `qguardarr originals export` does, of the torrents that the client has. */
  async exportOriginals(folder: string): Promise<string> {
    const { originals } = await this.withJournal(folder, async (journal) => exportOriginals(journal));
    return JSON.stringify({ originals: originals.filter(({ hash }) => this.world.nameOf(hash) !== '') });
  }

  /** As `qguardarr originals import` does. */
  async importOriginals(folder: string, text: string): Promise<void> {
    const decoded = importOriginals(text, INSTANCE, Date.now());
    if (isLeft(decoded)) throw new Error(decoded.left);
    await this.withJournal(folder, async (journal) => {
      await journal.adoptOriginals(decoded.right.filter(({ key }) => !journal.originals.has(key)));
    });
  }

  /** All phases of the script. Resolves with the folder of the journal that all is recovered from. */
  async play(): Promise<string> {
    this.boundaries.phase = 'start';
    const tapped = await this.openService('', this.world.gate, this.boundaries);
    const actors = { ...tapped, hand: () => this.#hand() };
    this.#actors = actors;
    let endCycling: (() => void) | null = null;
    for (const [phase, live] of SCRIPT) {
      if (phase === 'stop') break;
      this.boundaries.phase = phase;
      await this.#live(live(actors), actors);
      if (this.#isDisturbed) endCycling ??= this.keepCycling(actors);
    }
    await this.settled();
    endCycling?.();
    this.boundaries.phase = 'stop';
    if (this.#ending === null) await actors.stop();
    const folder = (await this.#ending?.()) ?? '';
    await this.settled();
    return folder;
  }

  /** A refusal is an answer like any other. */
  async #noting(task: () => Promise<unknown>): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (!(error instanceof OperationRefused)) this.#problems.add(String(error));
    }
  }

  async #hand(): Promise<void> {
    await this.clientIsUp;
    await this.set([BY_HAND.name], BY_HAND.bps);
    await sleep(REFRESH_MS);
  }

  /** Resolves when the phase has ended, or waits for what will not come after what happened. */
  async #live(phase: Promise<void>, actors: Actors): Promise<void> {
    const ended = { is: false };
    const done = phase
      .catch((error: unknown) => {
        const isExpected = error instanceof NotAsScripted || error instanceof OperationRefused;
        if (!(this.#isFree && isExpected)) throw error;
      })
      .finally(() => {
        ended.is = true;
      });
    await Promise.race([done, this.#untilStuck(actors, () => ended.is)]);
  }

  async #untilStuck(actors: Actors, isOver: () => boolean): Promise<void> {
    let since = performance.now();
    while (!isOver() && performance.now() - since < STUCK_AFTER_MS) {
      if (!this.#isFree || !isAtRest(actors)) since = performance.now();
      await sleep(50);
    }
  }

  #watch(folder: string, { bus, journal }: TappedService): void {
    bus.onAny((name, event) => {
      if (name === 'call:finished') return;
      for (const { key, originalWire } of journal.originals.values())
        if (hasMark(originalWire))
          this.#marked.add(`${originalWire}, with the mark, is the original of ${key}`);
      const text = `${this.boundaries.phase} | ${folder}${name} ${JSON.stringify(event)}`;
      this.trace.push(text.slice(0, TRACED_CHARS));
    });
  }

  #keepLedger(gate: LimitGate): void {
    const { ledger, world } = this;
    gate.onWritten = (hashes, wire) => {
      for (const hash of hashes) ledger.written(world.nameOf(hash), wire);
    };
    gate.onShown = (limits) => {
      for (const [hash, wire] of limits) ledger.shown(world.nameOf(hash), wire);
    };
  }
}
