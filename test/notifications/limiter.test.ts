import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Limiter } from '../../src/notifications/limiter.ts';
import type { Notice } from '../../src/notifications/notice.ts';

const test = suite('the limit of notices');
const INTERVAL_MS = 60_000;

function notice(message: string, kind: Notice['kind'] = 'offline'): Notice {
  return { kind, severity: 'info', title: '', message, at: 0 };
}

function messages(notices: readonly (Notice | null)[]): string[] {
  return notices.flatMap((told) => told?.message ?? []);
}

test('the first of a kind goes at once; the others wait, and the latest goes with how many were left out', () => {
  const limiter = new Limiter();
  const offer = (message: string, now: number) => limiter.offer(notice(message), now, INTERVAL_MS);
  assert.equal(messages([offer('a', 0), offer('b', 1), offer('c', 2), offer('d', 3)]), ['a']);
  assert.equal(limiter.due(59_999, INTERVAL_MS), []);
  assert.equal(messages(limiter.due(60_000, INTERVAL_MS)), [
    'd\n(2 more messages of this kind were left out before.)',
  ]);
  assert.equal(messages([offer('e', 60_001)]), []);
  assert.equal(messages(limiter.due(120_000, INTERVAL_MS)), ['e']);
});

test('after a quiet interval the next goes at once again', () => {
  const limiter = new Limiter();
  limiter.offer(notice('a'), 0, INTERVAL_MS);
  assert.equal(messages([limiter.offer(notice('b'), 60_000, INTERVAL_MS)]), ['b']);
});

test('kinds do not wait for each other', () => {
  const limiter = new Limiter();
  limiter.offer(notice('a'), 0, INTERVAL_MS);
  assert.equal(messages([limiter.offer(notice('b', 'rollout_step'), 1, INTERVAL_MS)]), ['b']);
});

test('whatever comes when: two of a kind are an interval apart, none is lost uncounted, and the last one is sent', () => {
  const steps = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 90_000 }), offers: fc.boolean() }), {
    minLength: 1,
    maxLength: 60,
  });
  void fc.assert(
    fc.property(steps, (script) => {
      const limiter = new Limiter();
      const told: { at: number; message: string }[] = [];
      const tell = (at: number, list: readonly (Notice | null)[]) =>
        told.push(...messages(list).map((message) => ({ at, message })));
      let now = 0;
      let offered = 0;
      for (const { afterMs, offers } of script) {
        now += afterMs;
        if (offers) {
          offered += 1;
          tell(now, [limiter.offer(notice(`#${offered}`), now, INTERVAL_MS)]);
        } else tell(now, limiter.due(now, INTERVAL_MS));
      }
      now += INTERVAL_MS;
      tell(now, limiter.due(now, INTERVAL_MS));
      for (const [index, { at }] of told.entries()) {
        const before = told[index - 1];
        assert.ok(before === undefined || at - before.at >= INTERVAL_MS);
      }
      const leftOut = told.reduce(
        (sum, { message }) => sum + Number(/\((\d+) more/.exec(message)?.[1] ?? 0),
        0,
      );
      assert.is(told.length + leftOut, offered);
      if (offered > 0) assert.match(told.at(-1)?.message ?? '', new RegExp(`^#${offered}(\n|$)`));
    }),
  );
});

test.run();
