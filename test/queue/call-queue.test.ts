import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CallQueue, type Priority, type QueueTimers } from '../../src/queue/call-queue.ts';
import { QueueFull, QueueStopped } from '../../src/queue/errors.ts';
import { rejection } from '../support/scripted-server.ts';

const test = suite('call queue');

/** Time that moves only when told. */
class HandTimers implements QueueTimers {
  #now = 0;
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const next = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settle();
    }
    this.#now = end;
  }
}

/** Lets everything run that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function queueWith(options: Partial<{ callsPerSecond: number; maxWaiting: number }> = {}): {
  queue: CallQueue;
  timers: HandTimers;
} {
  const timers = new HandTimers();
  return { queue: new CallQueue({ callsPerSecond: 100, maxWaiting: 100, ...options }, timers), timers };
}

interface Held {
  readonly task: (signal: AbortSignal) => Promise<string>;
  readonly release: () => void;
  readonly signal: () => AbortSignal | null;
}

/** A task that runs until released. */
function held(value = 'done'): Held {
  let release = (): void => undefined;
  let seen: AbortSignal | null = null;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const task = async (signal: AbortSignal): Promise<string> => {
    seen = signal;
    await gate;
    return value;
  };
  return { task, release: () => release(), signal: () => seen };
}

test('the more urgent goes first, equals in the order they came, one at a time', async () => {
  const { queue } = queueWith();
  const order: string[] = [];
  let running = 0;
  const add = (priority: Priority, name: string): Promise<void> =>
    queue.run(priority, async () => {
      running += 1;
      assert.is(running, 1);
      await settle();
      order.push(name);
      running -= 1;
    });
  const first = held();
  const all = [queue.run('raise', first.task)];
  const rest = [
    add('raise', 'raise 1'),
    add('cut', 'cut 1'),
    add('raise', 'raise 2'),
    add('read', 'read 1'),
    add('rollback', 'rollback 1'),
    add('cut', 'cut 2'),
  ];
  assert.is(queue.waiting, 6);
  first.release();
  await Promise.all([...all, ...rest]);
  assert.equal(order, ['rollback 1', 'read 1', 'cut 1', 'cut 2', 'raise 1', 'raise 2']);
  assert.is(queue.waiting, 0);
});

test('a read that comes while the rate holds all back is the next to go', async () => {
  const { queue, timers } = queueWith({ callsPerSecond: 2 });
  const order: string[] = [];
  const all = ['a', 'b', 'c', 'd', 'e'].map((name) => queue.run('cut', async () => void order.push(name)));
  await timers.advance(500);
  all.push(queue.run('read', async () => void order.push('read')));
  await timers.advance(499);
  assert.equal(order, ['a', 'b']);
  await timers.advance(1);
  assert.equal(order, ['a', 'b', 'read', 'c']);
  await timers.advance(1_000);
  await Promise.all(all);
});

test('no second ever holds more starts than the rate, in force, whatever comes when', async () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 700 }),
    calls: fc.integer({ min: 0, max: 12 }),
    rate: fc.option(fc.integer({ min: 1, max: 8 })),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const { queue, timers } = queueWith({ callsPerSecond: 4, maxWaiting: 1_000 });
      const starts: { readonly at: number; readonly rate: number }[] = [];
      let current = 4;
      const all: Promise<unknown>[] = [];
      for (const { waitMs, calls, rate } of steps) {
        await timers.advance(waitMs);
        if (rate !== null) {
          current = rate;
          queue.setRate(rate);
        }
        for (let n = 0; n < calls; n += 1) {
          all.push(queue.run('cut', async () => void starts.push({ at: timers.now(), rate: current })));
        }
      }
      await timers.advance(100_000);
      await Promise.all(all);
      assert.is(starts.length, all.length);
      for (const [index, { at, rate }] of starts.entries()) {
        const within = starts.slice(0, index + 1).filter((other) => other.at > at - 1_000).length;
        assert.ok(within <= rate, `${within} starts in the second up to ${at} ms, ${rate} allowed`);
      }
    }),
    { numRuns: 25 },
  );
});

test('a new rate takes effect for those that wait, and the last second counts against it', async () => {
  const { queue, timers } = queueWith({ callsPerSecond: 1 });
  let started = 0;
  const all = Array.from({ length: 10 }, () =>
    queue.run('cut', async () => {
      started += 1;
    }),
  );
  await settle();
  assert.is(started, 1);
  queue.setRate(4);
  await settle();
  assert.is(started, 4);
  queue.setRate(2);
  await timers.advance(999);
  assert.is(started, 4);
  await timers.advance(1);
  assert.is(started, 6);
  await timers.advance(2_000);
  assert.is(started, 10);
  await Promise.all(all);
});

test('no more wait than may, but a rollback always does', async () => {
  const { queue } = queueWith({ maxWaiting: 2 });
  const first = held();
  const all: Promise<unknown>[] = [queue.run('read', first.task)];
  all.push(
    queue.run('cut', async () => 1),
    queue.run('raise', async () => 2),
  );
  const error = await rejection(queue.run('read', async () => 3));
  assert.instance(error, QueueFull);
  assert.match(error.message, '2 calls');
  all.push(queue.run('rollback', async () => 4));
  assert.is(queue.waiting, 3);
  first.release();
  assert.equal(await Promise.all(all), ['done', 1, 2, 4]);
});

test('a task aborted while it waits rejects at once and never runs', async () => {
  const { queue } = queueWith();
  const first = held();
  const running = queue.run('read', first.task);
  const controller = new AbortController();
  let ran = false;
  const waiting = rejection(
    queue.run(
      'cut',
      async () => {
        ran = true;
      },
      controller.signal,
    ),
  );
  controller.abort();
  assert.is((await waiting).name, 'AbortError');
  assert.is(queue.waiting, 0);
  first.release();
  await running;
  await queue.idle();
  assert.not(ran);
  assert.is((await rejection(queue.run('cut', async () => 1, controller.signal))).name, 'AbortError');
});

test('a task aborted while it runs is notified, and the next waits until it has ended', async () => {
  const { queue } = queueWith();
  const first = held('ended in its own time');
  const controller = new AbortController();
  const running = queue.run('read', first.task, controller.signal);
  let nextRan = false;
  const next = queue.run('cut', async () => {
    nextRan = true;
  });
  await settle();
  controller.abort();
  await settle();
  assert.is(first.signal()?.aborted, true);
  assert.not(nextRan);
  first.release();
  assert.is(await running, 'ended in its own time');
  await next;
});

test('a task that fails rejects its own promise only', async () => {
  const { queue } = queueWith();
  const failing = rejection(
    queue.run('cut', async () => {
      throw new RangeError('no');
    }),
  );
  const throwing = rejection(
    queue.run('cut', () => {
      throw new RangeError('at once');
    }),
  );
  assert.is(await queue.run('raise', async () => 'fine'), 'fine');
  assert.is((await failing).message, 'no');
  assert.is((await throwing).message, 'at once');
});

test('stop rejects all that wait, lets the running one end, and refuses more', async () => {
  const { queue, timers } = queueWith({ callsPerSecond: 1 });
  const first = held();
  const running = queue.run('read', first.task);
  const waiting = [1, 2, 3].map(() => rejection(queue.run('rollback', async () => 'ran')));
  await settle();
  let stopped = false;
  const stop = queue.stop().then(() => {
    stopped = true;
  });
  for (const error of await Promise.all(waiting)) assert.instance(error, QueueStopped);
  await settle();
  assert.not(stopped);
  first.release();
  assert.is(await running, 'done');
  await stop;
  assert.is(timers.pending, 0);
  assert.instance(await rejection(queue.run('rollback', async () => 1)), QueueStopped);
  await queue.idle();
});

test('idle comes when the last call has ended', async () => {
  const { queue, timers } = queueWith({ callsPerSecond: 1 });
  await queue.idle();
  const all = [queue.run('cut', async () => 1), queue.run('cut', async () => 2)];
  let idle = false;
  const wait = queue.idle().then(() => {
    idle = true;
  });
  await timers.advance(999);
  assert.not(idle);
  await timers.advance(1);
  await wait;
  await Promise.all(all);
});

test('numbers out of range are refused', () => {
  assert.throws(() => queueWith({ callsPerSecond: 0 }), /calls per second/);
  assert.throws(() => queueWith({ callsPerSecond: 2.5 }), /calls per second/);
  assert.throws(() => queueWith({ maxWaiting: -1 }), /maxWaiting/);
  assert.throws(() => queueWith().queue.setRate(Number.NaN), /calls per second/);
});

test.run();
