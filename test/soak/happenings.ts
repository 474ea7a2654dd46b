/** What happens to a service in a long run, again and again: each thing at its own pace. */
import { OperationRefused, type Operations } from '../../src/service/operations.ts';
import type { Service } from '../../src/service/service.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { SimulatedTorrent } from '../../src/simulator/torrent.ts';
import { hashOf } from '../support/torrents.ts';

/** So many are there at once, of so many that come back again and again. */
const VISITORS = 6;
const GUESTS = 15;
const OUTAGE_MS = 25_000;
const MIB = 1024 * 1024;

export interface HappeningsParts {
  readonly simulator: Simulator;
  readonly service: Service;
  readonly operations: Operations;
  /** Changes the caps in the config, to be read again after. */
  readonly recap: () => void;
}

export function announceUrl(tracker: string): string {
  return `https://${tracker}.example/announce`;
}

export class Happenings {
  readonly #parts: HappeningsParts;
  readonly #ownLimits = new Map<string, number>();
  readonly #visitors: string[] = [];
  #number = 0;

  constructor(parts: HappeningsParts) {
    this.#parts = parts;
  }

  /** Begins what is due at that second; it isn't waited for. */
  at(second: number): void {
    const paces: readonly (readonly [everySeconds: number, happen: () => Promise<unknown>])[] = [
      [20, async () => this.#comeAndGo()],
      [45, async () => this.#setByHand()],
      [180, () => this.#reload()],
      [240, () => this.#rollBack({ kind: 'tracker', trackerId: 'b' })],
      [300, () => this.#parts.operations.forceCycle()],
      [420, () => this.#rollBack()],
      [600, () => this.#goAway()],
    ];
    for (const [everySeconds, happen] of paces) {
      if (second % everySeconds === 0) void orRefused(happen());
    }
  }

  /** The limit that a torrent of that name has of its own, B/s, 0 for none. */
  ownLimitOf(name: string): number {
    return this.#ownLimits.get(name) ?? 0;
  }

  #comeAndGo(): void {
    const { simulator, operations } = this.#parts;
    this.#number += 1;
    const trackers = [announceUrl('abc'[this.#number % 3] ?? 'a')];
    const demand = { kind: 'constant', bps: 2 * MIB } as const;
    const name = `visitor ${this.#number % GUESTS}`;
    const hash = simulator.addTorrent({ name, hash: hashOf(1 + (this.#number % GUESTS)), trackers, demand });
    operations.webhook({ event: 'add', hash, name: null, tracker: null });
    this.#visitors.push(hash);
    const gone = this.#visitors.length > VISITORS ? this.#visitors.shift() : undefined;
    if (gone !== undefined) simulator.removeTorrent(gone);
  }

  /** A limit on a torrent that stays, or none. */
  #setByHand(): void {
    const { swarm } = this.#parts.simulator;
    const staying = [...swarm.torrents.values()].filter(({ hash }) => !this.#visitors.includes(hash));
    const torrent: SimulatedTorrent | undefined = staying[this.#number % staying.length];
    if (torrent === undefined) return;
    // Round, as people set them.
    const wire = this.#number % 2 === 0 ? 0 : 100_000 + 10 * this.#number;
    this.#ownLimits.set(torrent.spec.name, wire);
    swarm.setUploadLimit([torrent.hash], wire, Date.now());
  }

  async #reload(): Promise<void> {
    this.#parts.recap();
    await this.#parts.operations.reloadConfig();
  }

  async #rollBack(scope?: { readonly kind: 'tracker'; readonly trackerId: string }): Promise<void> {
    const { operations } = this.#parts;
    await operations.rollback({ by: 'soak', reason: 'again', ...(scope === undefined ? {} : { scope }) });
    await operations.resume();
  }

  async #goAway(): Promise<void> {
    const { simulator } = this.#parts;
    await simulator.stop();
    setTimeout(() => void simulator.start(), OUTAGE_MS);
  }
}

/** What the service refuses for good reasons, such as a cycle without qBittorrent, is no failure here. */
async function orRefused(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof OperationRefused)) throw error;
  }
}
