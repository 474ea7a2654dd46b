/** Between the service and qBittorrent: every call that sets limits crosses a boundary on either side of it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LocalProxy } from '../support/local-proxy.ts';

export type Crossing = 'call received, not passed on' | 'call done, not answered';

export class LimitGate extends LocalProxy {
  /** Called at each crossing; true: the service is dead, and the call ends here. */
  onCrossing: (crossing: Crossing) => boolean | Promise<boolean> = () => false;
  /** The client has set a limit as a call asked it to. @param limitWire B/s, 0 for none */
  onWritten: (infoHashes: readonly string[], limitWire: number) => void = () => {};
  /** Sync data shows these limits to the service: wire form by info-hash. */
  onShown: (limits: ReadonlyMap<string, number>) => void = () => {};

  protected override pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const sets = incoming.url?.startsWith('/api/v2/torrents/setUploadLimit') === true;
    const body: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => body.push(chunk));
    incoming.on('error', () => outgoing.destroy());
    incoming.on('end', () => void this.#arrived(incoming, Buffer.concat(body), outgoing, sets));
  }

  async #arrived(
    incoming: IncomingMessage,
    body: Buffer,
    outgoing: ServerResponse,
    sets: boolean,
  ): Promise<void> {
    if (sets && (await this.onCrossing('call received, not passed on'))) return void outgoing.destroy();
    // The connection may have broken meanwhile.
    if (!incoming.socket.destroyed) this.#forward(incoming, body, outgoing, sets);
  }

  #forward(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse, sets: boolean): void {
    const onward = this.onward(incoming, outgoing);
    onward.on('response', (response) => {
      const answer: Buffer[] = [];
      response.on('data', (chunk: Buffer) => answer.push(chunk));
      response.on('error', () => outgoing.destroy());
      response.on('end', () => void this.#answered(Buffer.concat(answer), response, body, outgoing, sets));
    });
    onward.end(body);
  }

  async #answered(
    answer: Buffer,
    { statusCode = 502, headers }: IncomingMessage,
    body: Buffer,
    outgoing: ServerResponse,
    sets: boolean,
  ): Promise<void> {
    if (sets && statusCode === 200) {
      const form = new URLSearchParams(body.toString());
      this.onWritten((form.get('hashes') ?? '').split('|'), Math.max(0, Number(form.get('limit'))));
    }
    if (sets && (await this.onCrossing('call done, not answered'))) return void outgoing.destroy();
    if (outgoing.destroyed) return;
    this.onShown(shownIn(answer));
    outgoing.writeHead(statusCode, headers).end(answer);
  }
}

/** Limits in an answer of sync/maindata; none in any other. */
function shownIn(answer: Buffer): ReadonlyMap<string, number> {
  const text = answer.toString();
  if (!text.includes('"up_limit"')) return new Map();
  const { torrents = {} } = JSON.parse(text) as { torrents?: Record<string, { up_limit?: number }> };
  return new Map(
    Object.entries(torrents).flatMap(([hash, { up_limit: limit }]) =>
      limit === undefined ? [] : [[hash, Math.max(0, limit)] as const],
    ),
  );
}
