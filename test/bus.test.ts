import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createBus } from '../src/bus.ts';

const test = suite('bus');
const AT = { at: 1 };

test('a listener to an event gets it, until it is unsubscribed', () => {
  const bus = createBus(() => undefined);
  const seen: number[] = [];
  const unsubscribe = bus.on('timer:control', ({ at }) => seen.push(at));
  bus.emit('timer:control', AT);
  bus.emit('timer:reconcile', { at: 2 });
  unsubscribe();
  bus.emit('timer:control', { at: 3 });
  assert.equal(seen, [1]);
});

test('a listener to all gets each with its name, until it is unsubscribed', () => {
  const bus = createBus(() => undefined);
  const seen: string[] = [];
  const unsubscribe = bus.onAny((name, { at }) => seen.push(`${name} ${at}`));
  bus.emit('timer:control', AT);
  bus.emit('timer:reconcile', { at: 2 });
  unsubscribe();
  bus.emit('timer:control', { at: 3 });
  assert.equal(seen, ['timer:control 1', 'timer:reconcile 2']);
});

test('a listener that throws stops neither the others nor the emitter, and its error is reported', () => {
  const told: [string, unknown][] = [];
  const bus = createBus((name, error) => told.push([name, error]));
  const broken = new Error('broken');
  const seen: string[] = [];
  bus.on('timer:control', () => {
    throw broken;
  });
  bus.onAny(() => {
    throw broken;
  });
  bus.on('timer:control', () => seen.push('second'));
  bus.onAny(() => seen.push('any'));
  bus.emit('timer:control', AT);
  assert.equal(seen, ['second', 'any']);
  assert.equal(told, [
    ['timer:control', broken],
    ['timer:control', broken],
  ]);
});

test('a listener may unsubscribe itself, or another, while an event is delivered', () => {
  const bus = createBus(() => undefined);
  const seen: string[] = [];
  const unsubscribe = bus.on('timer:control', () => {
    seen.push('once');
    unsubscribe();
  });
  bus.on('timer:control', () => seen.push('always'));
  bus.emit('timer:control', AT);
  bus.emit('timer:control', AT);
  assert.equal(seen, ['once', 'always', 'always']);
});

test.run();
