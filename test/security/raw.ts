/** Bytes on sockets, as no well-behaved client sends them. */
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';

export interface RawReply {
  /** 0: the connection was closed without an answer. */
  readonly status: number;
  /** All that came, headers included. */
  readonly text: string;
  readonly ms: number;
  /** How many bytes could be sent. */
  readonly sent: number;
}

export function dial(port: number, host = '127.0.0.1'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host });
    socket.once('error', reject).once('connect', () => resolve(socket));
  });
}

/** An address of this machine that isn't loopback; null when it has none. */
export function lanAddress(): string | null {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? null;
}

/** Resolves with what came until the connection closed, or until `withinMs` are over; the socket is gone then. */
export function readUntilClosed(
  socket: Socket,
  withinMs: number,
): Promise<{ text: string; closed: boolean }> {
  return new Promise((resolve) => {
    let text = '';
    const end = (closed: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, closed });
    };
    const timer = setTimeout(() => end(false), withinMs);
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => undefined).once('close', () => end(true));
  });
}

/** Sends the bytes and waits for the end of the connection. */
export async function sendBytes(port: number, bytes: string, withinMs = 10_000): Promise<RawReply> {
  const startedAt = performance.now();
  const socket = await dial(port);
  socket.write(bytes, 'latin1');
  const { text } = await readUntilClosed(socket, withinMs);
  return {
    status: statusOf(text),
    text,
    ms: performance.now() - startedAt,
    sent: Buffer.byteLength(bytes, 'latin1'),
  };
}

/** Sends `head` and then zeros until `length` are out, the connection closes, or an answer has come whole. */
export async function sendFlood(
  port: number,
  head: string,
  length: number,
  chunked: boolean,
): Promise<RawReply> {
  const startedAt = performance.now();
  const socket = await dial(port);
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  const reading = readUntilClosed(socket, 60_000);
  const block = Buffer.alloc(64 * 1024);
  const frame = chunked
    ? Buffer.concat([Buffer.from(`${block.length.toString(16)}\r\n`), block, Buffer.from('\r\n')])
    : block;
  let sent = 0;
  socket.write(head);
  while (sent < length && socket.writable) {
    sent += block.length;
    if (!socket.write(frame)) {
      const drained = new Promise<void>((resolve) => {
        socket.once('drain', resolve);
      });
      await Promise.race([drained, closed]);
    }
  }
  if (chunked && socket.writable) socket.write('0\r\n\r\n');
  const { text } = await reading;
  return { status: statusOf(text), text, ms: performance.now() - startedAt, sent };
}

export function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0);
}
