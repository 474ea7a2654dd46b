/**
 * Random histories of one torrent: our writes (accepted, failed, failed but arrived), looks at sync data that
 * lags, changes by the user, restarts of Qguardarr. A small model of qBittorrent says what is shown.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { limitToWire } from '../../../src/control/limit-mark.ts';
import { limitInForce } from '../../../src/service/limits/held-limit.ts';
import { HeldLimits } from '../../../src/service/limits/held-limits.ts';
import { keyOf, torrentShowing } from '../../support/torrents.ts';

const test = suite('held limits, any history');
const KEY = keyOf(1);
/** Of the user, and of Qguardarr: only the latter have the mark. */
const usersWire = fc.constantFrom(0, 1, 700, 500_001, 900_001);
const oursWire = fc.integer({ min: 1, max: 40 }).map((n) => limitToWire(n * 2048));

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), wire: oursWire }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('writeLost' as const), wire: oursWire }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('writeArrivedUnheard' as const), wire: oursWire }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('refresh' as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('look' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('user' as const), wire: usersWire }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clientCrash' as const), back: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(15_000) }) },
);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

class World {
  held = new HeldLimits();
  at = 0;
  real: number;
  shown: number;
  /** What users would call their limit for this torrent. */
  users: number;
  #writesSinceRefresh = 0;
  #last: number | null = null;
  #beforeLast: number | null = null;
  /** As the journal keeps them. */
  readonly #written: number[] = [];
  #sinceUser: number[] = [];
  readonly #formerOriginals: number[] = [];

  constructor(own: number) {
    this.real = own;
    this.shown = own;
    this.users = own;
  }

  apply(next: Step): void {
    this.at += 200;
    if (next.kind === 'refresh') this.refresh();
    else if (next.kind === 'look') this.look();
    else if (next.kind === 'wait') this.wait(next.ms);
    else if (next.kind === 'user') this.setByHand(next.wire);
    else if (next.kind === 'restart') this.restart();
    else if (next.kind === 'clientCrash') this.clientCrash(next.back);
    else this.write(next.wire, next.kind);
  }

  refresh(): void {
    this.shown = this.real;
    this.#writesSinceRefresh = 0;
  }

  wait(ms: number): void {
    this.at += ms;
    this.refresh();
  }

  /** As a cycle does: it looks before it writes. A hand that comes between the two is lost to any program. */
  look(): void {
    const sight = this.held.see(torrentShowing(1, this.shown), this.at);
    if (sight.kind === 'users') this.held.adopt(KEY, sight.wire, this.at);
    else if (sight.kind === 'reset') this.held.override(KEY, sight.wire, this.at);
    else assert.is.not(sight.kind, 'marked', 'a limit of ours was taken for that of another Qguardarr');
  }

  /** The client comes back with any limit that it had since the user last set one. */
  clientCrash(back: number): void {
    const saved = [this.users, ...this.#sinceUser];
    this.real = saved[back % saved.length] ?? this.real;
    this.at += 3_000;
    this.refresh();
    this.held.noteClientRestart();
    this.look();
  }

  setByHand(wire: number): void {
    this.refresh();
    this.look();
    if (this.held.get(KEY) !== undefined && wire !== this.users) this.#formerOriginals.push(this.users);
    this.real = wire;
    this.#sinceUser = [];
    this.users = wire;
    this.refresh();
    this.look();
  }

  restart(): void {
    const limit = this.held.get(KEY);
    if (limit === undefined) return;
    // Starting takes longer than a refresh.
    this.refresh();
    this.held = new HeldLimits();
    this.held.restore(
      [
        {
          key: KEY,
          originalWire: limit.ownWire,
          trackerId: 'alpha',
          firstSeenAt: 0,
          lastWire: this.#last,
          beforeLastWire: this.#beforeLast,
          earlier: this.#formerOriginals.map((wire) => ({ wire, until: 0 })),
        },
      ],
      this.at,
    );
    this.held.recall(KEY, this.#written);
  }

  write(wire: number, kind: 'write' | 'writeLost' | 'writeArrivedUnheard'): void {
    // The quickest cycles come every 200 ms: more than 12 before a refresh would be one of 3 s and longer.
    if (this.#writesSinceRefresh > 12) this.refresh();
    this.#writesSinceRefresh += 1;
    this.look();
    const limit = this.held.get(KEY);
    const inForce = limit === undefined ? this.shown : limitInForce(limit, this.shown || Infinity);
    const from = inForce === Infinity ? 0 : inForce;
    this.held.intend(KEY, 'alpha', from, wire, this.at);
    this.#beforeLast = from;
    this.#last = wire;
    this.#written.push(wire);
    this.#sinceUser.push(wire);
    if (kind !== 'writeLost') this.real = wire;
    if (kind === 'write') this.held.written(KEY, wire, this.at);
    else this.held.failed(KEY, this.at);
  }
}

test("the own limit is always the first seen or the user's last, never one that only we wrote", () => {
  fc.assert(
    fc.property(usersWire, fc.array(step, { maxLength: 60 }), (own, steps) => {
      const world = new World(own);
      for (const next of steps) {
        world.apply(next);
        const limit = world.held.get(KEY);
        if (limit !== undefined) assert.is(limit.ownWire, world.users, `after ${JSON.stringify(next)}`);
      }
    }),
    { numRuns: 3000 },
  );
});

test('left alone, what we believe to be in force is what is in force', () => {
  fc.assert(
    fc.property(usersWire, fc.array(step, { maxLength: 60 }), (own, steps) => {
      const world = new World(own);
      for (const next of steps) world.apply(next);
      world.wait(10_001);
      world.look();
      const limit = world.held.get(KEY);
      if (limit === undefined) return;
      assert.is(limit.wire, world.real);
      assert.is(limit.confirmed, true);
    }),
    { numRuns: 1000 },
  );
});

test.run();
