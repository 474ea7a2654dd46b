import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SseParser } from '../../src/web/live/sse-parser.ts';

const TEXT =
  ':\n\nevent: state\ndata: {"a":1}\n\n:\n\nevent: link\r\ndata: {"b":"data: x"}\r\n\r\ndata: one\ndata: two\n\nevent: nothing\n\n';
const EVENTS = [
  { event: 'state', data: '{"a":1}' },
  { event: 'link', data: '{"b":"data: x"}' },
  { event: 'message', data: 'one\ntwo' },
];

test('events are read whole, comments and empty ones passed over', () => {
  assert.equal(new SseParser().push(TEXT), EVENTS);
});

test('it is the same however the text is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(TEXT.length), { maxLength: 12 }), (cuts) => {
      const parser = new SseParser();
      const edges = [0, ...cuts.sort((a, b) => a - b), TEXT.length];
      const pieces = edges.slice(1).map((end, index) => TEXT.slice(edges[index], end));
      assert.equal(
        pieces.flatMap((piece) => parser.push(piece)),
        EVENTS,
      );
    }),
  );
});

test('an event that has not ended is kept back', () => {
  const parser = new SseParser();
  assert.equal(parser.push('event: stats\ndata: 1\n'), []);
  assert.equal(parser.push('\n'), [{ event: 'stats', data: '1' }]);
});

test.run();
