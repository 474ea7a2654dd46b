import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeMarker } from '../../../src/service/ownership/marker.ts';

const test = suite('marker');

const MARKER = {
  journal: 'a'.repeat(32),
  session: 's',
  host: 'seedbox',
  state: 'live',
  counter: 3,
  managed: 12,
  follows: null,
} as const;

test('a marker is read as it was written', () => {
  assert.equal(decodeMarker(MARKER), MARKER);
  assert.is(decodeMarker(null), null);
});

test('one with a part of another kind, or longer than people can read, is not understood', () => {
  assert.is(decodeMarker({ ...MARKER, counter: 'many' }), 'unreadable');
  for (const part of ['journal', 'session', 'host', 'follows'])
    assert.is(decodeMarker({ ...MARKER, [part]: 'x'.repeat(1_000_000) }), 'unreadable', part);
});

test.run();
