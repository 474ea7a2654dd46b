import type { IncomingMessage } from 'node:http';
import { HttpProblem } from './errors.ts';

export interface RequestBody {
  readonly format: 'empty' | 'json' | 'form';
  /** By name; values of a form are strings. Has no prototype, so no name is found that was not sent. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Names that a form gave more than once; `fields` has the first value of each. */
  readonly repeated: readonly string[];
}

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Never a field of ours, and the way into Object.prototype of whoever copies an object carelessly. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Refuses the types that a web page can send to another site unasked (text/plain, multipart) with all others
 * that aren't read here. Throws HttpProblem 415.
 */
export function checkMediaType(contentType: string | undefined, contentEncoding: string | undefined): void {
  const mediaType = mediaTypeOf(contentType);
  if (mediaType !== '' && mediaType !== JSON_TYPE && mediaType !== FORM_TYPE) {
    throw new HttpProblem(
      415,
      'unsupported_media_type',
      `The body must be ${JSON_TYPE} or ${FORM_TYPE}, not another Content-Type.`,
    );
  }
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity') {
    throw new HttpProblem(415, 'unsupported_encoding', 'The body must not be compressed.');
  }
}

/** Memory for the bodies that are on their way, all together. */
export class BodyRoom {
  #leftBytes: number;

  constructor(bytes: number) {
    this.#leftBytes = bytes;
  }

  /** Whether there was room. */
  take(bytes: number): boolean {
    if (bytes > this.#leftBytes) return false;
    this.#leftBytes -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#leftBytes += bytes;
  }
}

/**
 * Reads and parses the whole body.
 * Throws HttpProblem: 400 malformed or cut off, 413 longer than `limitBytes`, 415 of unknown type, 503 no room.
 */
export async function readBody(
  request: IncomingMessage,
  limitBytes: number,
  room = new BodyRoom(limitBytes),
): Promise<RequestBody> {
  const bytes = await readBytes(request, limitBytes, room);
  if (bytes.length === 0) return { format: 'empty', fields: {}, repeated: [] };
  switch (mediaTypeOf(request.headers['content-type'])) {
    case JSON_TYPE:
      return parseJson(bytes);
    case FORM_TYPE:
      return parseForm(bytes);
    default:
      throw new HttpProblem(
        415,
        'unsupported_media_type',
        `A body needs the header Content-Type: ${JSON_TYPE} or ${FORM_TYPE}.`,
      );
  }
}

function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1).join('').trim().toLowerCase();
}

/**
 * Past the limit the rest is not cut off: Node drops it as it comes, once the answer is out, so that the client
 * can finish sending and see that answer. It costs no memory, and the server's request time-out bounds it.
 */
function readBytes(request: IncomingMessage, limitBytes: number, room: BodyRoom): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let taken = 0;
    const letGo = () => {
      room.give(taken);
      request.off('data', collect).off('end', finish).off('close', cutOff);
    };
    const fail = (problem: HttpProblem) => {
      letGo();
      reject(problem);
    };
    const tooLarge = () =>
      fail(new HttpProblem(413, 'body_too_large', `The body must not exceed ${limitBytes} bytes.`));
    const noRoom = () =>
      fail(
        new HttpProblem(503, 'too_many_bodies', 'Too many requests are being received: try again later.', {
          headers: { 'Retry-After': '2' },
        }),
      );
    const collect = (chunk: Buffer) => {
      length += chunk.length;
      if (length > limitBytes) return tooLarge();
      if (!room.take(chunk.length)) return noRoom();
      taken += chunk.length;
      chunks.push(chunk);
    };
    const finish = () => {
      letGo();
      resolve(Buffer.concat(chunks, length));
    };
    const cutOff = () => fail(new HttpProblem(400, 'body_truncated', 'The body ended before its length.'));
    request.on('error', () => {
      // 'close' follows and settles this; without a listener the error would end the process.
    });
    request.on('data', collect).on('end', finish).on('close', cutOff);
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) tooLarge();
  });
}

function parseJson(bytes: Buffer): RequestBody {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    // The parser's own message quotes the body, which may hold a passkey.
    throw new HttpProblem(400, 'invalid_json', 'The body is not valid JSON in UTF-8.', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpProblem(400, 'invalid_json', 'The body must be a JSON object, like {"event": "add"}.');
  }
  return { format: 'json', fields: ownFields(Object.entries(value)), repeated: [] };
}

/**
 * The first value of a name wins: `event=add&hash=%I&name=%N` puts a torrent's name last and unescaped, and a
 * torrent may be named `x&event=delete`. Bytes that aren't UTF-8 are replaced, as names may be in any encoding.
 */
function parseForm(bytes: Buffer): RequestBody {
  const pairs = [...new URLSearchParams(bytes.toString('utf8'))];
  const first = new Map<string, string>();
  const repeated = new Set<string>();
  for (const [name, value] of pairs) {
    if (first.has(name)) repeated.add(name);
    else first.set(name, value);
  }
  return { format: 'form', fields: ownFields([...first]), repeated: [...repeated] };
}

function ownFields(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.create(null);
  for (const [name, value] of entries) {
    if (FORBIDDEN_NAMES.has(name)) {
      throw new HttpProblem(400, 'forbidden_field', `The body must not have a field named ${name}.`);
    }
    fields[name] = value;
  }
  return fields;
}
