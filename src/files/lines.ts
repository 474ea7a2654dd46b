/** Splits a stream of bytes into lines. Lines are bytes, because a cut can go through the middle of a character. */

const LINE_END = 0x0a;

export interface Line {
  /** Offset of its first byte in the stream. */
  readonly at: number;
  /** Without the line end. */
  readonly bytes: Buffer;
}

/**
 * The lines in order; a last line needs no line end. An empty stream has none.
 * @param maxLineBytes bounds the memory. A longer line without an end in sight comes in pieces, each of them longer than
 * this: refuse the first. Default: no bound.
 */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  maxLineBytes = Number.POSITIVE_INFINITY,
): AsyncGenerator<Line> {
  let started: Buffer[] = [];
  let startedBytes = 0;
  let at = 0;
  const takeLine = (end: Buffer): Buffer => {
    const bytes = started.length === 0 ? end : Buffer.concat([...started, end]);
    started = [];
    startedBytes = 0;
    return bytes;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, from)) {
      const bytes = takeLine(chunk.subarray(from, end));
      yield { at, bytes };
      at += bytes.length + 1;
      from = end + 1;
    }
    if (from === chunk.length) continue;
    started.push(chunk.subarray(from));
    startedBytes += chunk.length - from;
    if (startedBytes <= maxLineBytes) continue;
    const bytes = takeLine(Buffer.alloc(0));
    yield { at, bytes };
    at += bytes.length;
  }
  if (startedBytes > 0) yield { at, bytes: takeLine(Buffer.alloc(0)) };
}
