import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Line, linesOf } from '../../src/files/lines.ts';

const test = suite('lines of a stream of bytes');

/** The bytes in chunks that end at these offsets. */
async function* inChunks(bytes: Buffer, ends: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0;
  for (const end of [...ends].sort((one, other) => one - other)) {
    yield bytes.subarray(from, end);
    from = end;
  }
  yield bytes.subarray(from);
}

async function collect(lines: AsyncIterable<Line>): Promise<Line[]> {
  const collected: Line[] = [];
  for await (const line of lines) collected.push(line);
  return collected;
}

test('lines and their offsets are the same wherever the stream is cut into chunks', async () => {
  const bytesOf = fc.array(fc.constantFrom('a', '{"b":1}', 'ä🎉', '\r', '\n', '\n\n'), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(bytesOf, fc.array(fc.nat(100)), async (texts, cuts) => {
      const bytes = Buffer.from(texts.join(''));
      const ends = cuts.filter((cut) => cut <= bytes.length);
      const lines = await collect(linesOf(inChunks(bytes, ends)));
      const expected = bytes.toString().split('\n');
      if (expected.at(-1) === '') expected.pop();
      assert.equal(
        lines.map((line) => line.bytes.toString()),
        expected,
      );
      for (const { at, bytes: line } of lines) assert.equal(bytes.subarray(at, at + line.length), line);
    }),
  );
});

test('a line without an end in sight comes in pieces longer than the bound, so that memory is bounded', async () => {
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) yield Buffer.alloc(10, 'x');
  }
  const lines: Line[] = [];
  for await (const line of linesOf(endless(), 100)) {
    lines.push(line);
    if (lines.length === 2) break;
  }
  assert.equal(
    lines.map(({ at, bytes }) => [at, bytes.length]),
    [
      [0, 110],
      [110, 110],
    ],
  );
});

test.run();
