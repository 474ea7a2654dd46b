/** Requests as bytes on connections of their own, as processes started by qBittorrent send them. */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** 0: the connection was closed without an answer. */
  readonly status: number;
  /** From the request's first byte to the answer's last, ms. */
  readonly ms: number;
}

export class RawConnection {
  readonly #socket: Socket;
  readonly #ended: Promise<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#ended = new Promise((resolve) => {
      let text = '';
      socket.setEncoding('latin1').on('data', (chunk) => {
        text += chunk;
      });
      // A reset after the answer, while a body is still being sent, takes nothing from the answer.
      socket.on('error', () => undefined).on('close', () => resolve(text));
    });
  }

  /** Rejects with the system's error. */
  static open(port: number): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject).once('connect', () => {
        socket.off('error', reject);
        resolve(new RawConnection(socket));
      });
    });
  }

  /** Sends it and waits for the end of the connection. */
  async send(request: string | Buffer): Promise<RawAnswer> {
    const startedAt = performance.now();
    this.#socket.write(request);
    const text = await this.#ended;
    const ms = performance.now() - startedAt;
    return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0), ms };
  }
}

/** Sends one request on a connection of its own. Rejects when it can't be opened. */
export async function sendRaw(port: number, request: string | Buffer): Promise<RawAnswer> {
  return await (await RawConnection.open(port)).send(request);
}

/** @param body sent as a form unless another type is given */
export function postRequest(path: string, body: string, type = 'application/x-www-form-urlencoded'): string {
  const headers = ['Host: 127.0.0.1', `Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`];
  return `POST ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\nConnection: close\r\n\r\n${body}`;
}

/** Webhooks that nothing can be done with, each with the status that says so. */
export const BAD_WEBHOOKS: readonly {
  readonly what: string;
  readonly request: string;
  readonly status: number;
}[] = [
  { what: 'no event', request: postRequest('/webhook', ''), status: 400 },
  { what: 'an unknown event', request: postRequest('/webhook', 'event=explode'), status: 400 },
  { what: 'no info-hash', request: postRequest('/webhook', 'event=add&hash=%25I'), status: 400 },
  { what: 'cut JSON', request: postRequest('/webhook', '{"event":"add"', 'application/json'), status: 400 },
  { what: 'a list', request: postRequest('/webhook', '["add"]', 'application/json'), status: 400 },
  { what: 'plain text', request: postRequest('/webhook', 'event=add', 'text/plain'), status: 415 },
  {
    what: 'a huge name',
    request: postRequest('/webhook', `event=add&name=${'x'.repeat(1_000_000)}`),
    status: 413,
  },
  { what: 'huge headers', request: postRequest(`/webhook?${'x'.repeat(40_000)}`, 'event=add'), status: 431 },
  { what: 'no HTTP', request: 'event=add\r\n\r\n', status: 400 },
  {
    what: 'no POST',
    request: 'PUT /webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n',
    status: 405,
  },
];
