import { Readable } from 'node:stream';
import type { LiveUpdate } from '../service/live-types.ts';
import type { Operations } from '../service/operations.ts';
import { HttpProblem } from './errors.ts';

export interface EventStreamsOptions {
  readonly operations: Pick<Operations, 'live' | 'watch'>;
  /** Default 32. */
  readonly maxStreams?: number;
  /** How many of them all but admins may have together; default 28. */
  readonly maxLesserStreams?: number;
  /** How many of them whoever has no key may have by `auth.public`, all together; default 24. */
  readonly maxPublicStreams?: number;
  /** And each network of theirs; default 4. */
  readonly maxStreamsPerNetwork?: number;
  /** Default 10 s: a page that hears nothing for longer knows that it is stale. */
  readonly heartbeatMs?: number;
  /** Default 256 KiB: a reader this far behind is cut off, and comes back for the present state. */
  readonly maxBufferedBytes?: number;
}

interface Reader {
  /** Whether it may still read. */
  readonly mayRead: () => boolean;
  readonly stranger: string | null;
  readonly isAdmin: boolean;
}

/** A comment, which readers of events pass over. */
const HEARTBEAT = ':\n\n';

/**
 * The open streams of server-sent events. The service is watched once for all of them, and only while there is one;
 * each update is written as text once.
 *
 * Invariant: a stream is listed from `open` until it is closed or its end is said, whoever does it; with none listed nothing is watched and
 * no timer runs.
 */
export class EventStreams {
  readonly #operations: EventStreamsOptions['operations'];
  readonly #maxStreams: number;
  readonly #maxLesserStreams: number;
  readonly #maxPublicStreams: number;
  readonly #maxStreamsPerNetwork: number;
  readonly #heartbeatMs: number;
  readonly #maxBufferedBytes: number;
  readonly #streams = new Map<Readable, Reader>();
  #stopWatching: (() => void) | null = null;
  #heartbeat: NodeJS.Timeout | null = null;

  constructor(options: EventStreamsOptions) {
    this.#operations = options.operations;
    this.#maxStreams = options.maxStreams ?? 32;
    this.#maxLesserStreams = options.maxLesserStreams ?? 28;
    this.#maxPublicStreams = options.maxPublicStreams ?? 24;
    this.#maxStreamsPerNetwork = options.maxStreamsPerNetwork ?? 4;
    this.#heartbeatMs = options.heartbeatMs ?? 10_000;
    this.#maxBufferedBytes = options.maxBufferedBytes ?? 256 * 1024;
  }

  get size(): number {
    return this.#streams.size;
  }

  /**
   * A stream that begins with all as it is now. Throws HttpProblem 503 when too many are open.
   * @param mayRead asked before anything is sent: a login may end while its stream is open
   * @param stranger the network of a reader without a right of its own; null: it has one
   * @param isAdmin whether that opens everything
   */
  open(
    mayRead: () => boolean = () => true,
    stranger: string | null = null,
    isAdmin = stranger === null,
  ): Readable {
    this.#checkShare(stranger, isAdmin);
    const stream = new Readable({ read: () => undefined });
    this.#streams.set(stream, { mayRead, stranger, isAdmin });
    stream.once('close', () => this.#forget(stream));
    this.#stopWatching ??= this.#operations.watch((update) => this.#sendAll(frameOf(update)));
    this.#heartbeat ??= setInterval(() => this.#sendAll(HEARTBEAT), this.#heartbeatMs);
    for (const update of this.#operations.live()) stream.push(frameOf(update));
    return stream;
  }

  /** Ends them all, as a server that stops does: an open stream would never end by itself. */
  closeAll(): void {
    for (const stream of [...this.#streams.keys()]) {
      stream.push(null);
      // Its close may be long in coming, and nothing can be sent after the end.
      this.#forget(stream);
    }
  }

  #checkShare(stranger: string | null, isAdmin: boolean): void {
    if (this.#streams.size >= this.#maxStreams)
      throw tooMany(`${this.#maxStreams} streams of events are open`);
    const lesser = [...this.#streams.values()].filter((reader) => !reader.isAdmin);
    if (!isAdmin && lesser.length >= this.#maxLesserStreams) {
      throw tooMany(`${this.#maxLesserStreams} streams of events are open without an admin's key`);
    }
    if (stranger === null) return;
    const strangers = [...this.#streams.values()].filter((reader) => reader.stranger !== null);
    if (strangers.length >= this.#maxPublicStreams) {
      throw tooMany(`${this.#maxPublicStreams} streams of events are open without a key`);
    }
    const own = strangers.filter((reader) => reader.stranger === stranger).length;
    if (own >= this.#maxStreamsPerNetwork) {
      throw tooMany(`this address has ${this.#maxStreamsPerNetwork} streams of events open`);
    }
  }

  #sendAll(frame: string): void {
    for (const [stream, { mayRead }] of [...this.#streams]) {
      if (stream.readableLength > this.#maxBufferedBytes) stream.destroy();
      else if (!mayRead()) stream.destroy();
      else if (!stream.destroyed) stream.push(frame);
    }
  }

  #forget(stream: Readable): void {
    if (!this.#streams.delete(stream) || this.#streams.size > 0) return;
    this.#stopWatching?.();
    this.#stopWatching = null;
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    this.#heartbeat = null;
  }
}

function tooMany(what: string): HttpProblem {
  return new HttpProblem(503, 'too_many_streams', `${what} already: close a page that isn't looked at.`, {
    headers: { 'Retry-After': '10' },
  });
}

/** JSON has no line breaks of its own, so one data line is enough. */
function frameOf({ event, data }: LiveUpdate): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
