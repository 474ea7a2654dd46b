import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createBus } from '../../../src/bus.ts';
import { torrentKey } from '../../../src/control/torrent.ts';
import type { ChangeKind, LimitCall } from '../../../src/control/types.ts';
import { LimitReasons } from '../../../src/service/reports/limit-reasons.ts';

const A = torrentKey('main', 'aa');
const B = torrentKey('main', 'bb');

function callOf(kind: ChangeKind, reason: string, ...keys: string[]): LimitCall {
  const common = { trackerId: 't', kind, reason };
  const changes = keys.map((key) => ({ ...common, key, fromBps: 1, toBps: 2, binds: true }));
  return { ...common, toWire: 2, changes };
}

function reasonsOf() {
  const bus = createBus((_name, error) => {
    throw error;
  });
  const written = (call: LimitCall, at: number) => bus.emit('limits:written', { cycle: 1, call, at });
  return { bus, written, reasons: new LimitReasons(bus) };
}

test('the reason of the last change counts, written or only pretended', () => {
  const { bus, written, reasons } = reasonsOf();
  written(callOf('raise', 'level', A, B), 10);
  bus.emit('limits:would-change', { cycle: 2, call: callOf('cut', 'guard', B), at: 20 });
  bus.emit('limits:failed', { cycle: 3, call: callOf('cut', 'headroom', A), problem: 'no', at: 30 });
  assert.equal(reasons.of(A), { reason: 'level', at: 10 });
  assert.equal(reasons.of(B), { reason: 'guard', at: 20 });
});

test('what is released, rolled back, gone or set by the user has none', () => {
  const { bus, written, reasons } = reasonsOf();
  const both = () => written(callOf('raise', 'level', A, B), 10);
  both();
  written(callOf('release', 'released: idle', A), 20);
  assert.is(reasons.of(A), undefined);
  bus.emit('limit:changed-by-user', { infoHash: 'bb', fromWire: 1, toWire: 2, at: 30 });
  assert.is(reasons.size, 0);
  both();
  reasons.prune((key) => key === B);
  assert.is(reasons.size, 1);
  const restored = {
    scope: null,
    by: '',
    reason: '',
    restored: 1,
    missing: 0,
    leftInForce: 0,
    durationMs: 1,
    at: 40,
  };
  bus.emit('rollback:finished', restored);
  assert.is(reasons.size, 0);
});

test.run();
