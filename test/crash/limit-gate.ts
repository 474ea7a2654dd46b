/** Between the service and qBittorrent: every call that sets limits crosses a boundary on either side of it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LocalProxy } from '../support/local-proxy.ts';

export type Crossing = 'call received, not passed on' | 'call done, not answered';

export class LimitGate extends LocalProxy {
  /** Called at each crossing; true: the service is dead, and the call ends here. */
  onCrossing: (crossing: Crossing) => boolean = () => false;

  protected override pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const sets = incoming.url?.startsWith('/api/v2/torrents/setUploadLimit') === true;
    const body: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => body.push(chunk));
    incoming.on('error', () => outgoing.destroy());
    incoming.on('end', () => {
      if (sets && this.onCrossing('call received, not passed on')) return void outgoing.destroy();
      this.#forward(incoming, Buffer.concat(body), outgoing, sets);
    });
  }

  #forward(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse, sets: boolean): void {
    const onward = this.onward(incoming, outgoing);
    onward.on('response', (response) => {
      const answer: Buffer[] = [];
      response.on('data', (chunk: Buffer) => answer.push(chunk));
      response.on('error', () => outgoing.destroy());
      response.on('end', () => {
        if (sets && this.onCrossing('call done, not answered')) return void outgoing.destroy();
        outgoing.writeHead(response.statusCode ?? 502, response.headers).end(Buffer.concat(answer));
      });
    });
    onward.end(body);
  }
}
