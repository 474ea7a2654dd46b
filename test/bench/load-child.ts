/**
 * The sender of webhooks, in a process of its own so that nothing but the service slows it down. Told by its first
 * message what to send, it answers with what came back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { BAD_WEBHOOKS, postRequest, type RawAnswer, RawConnection, sendRaw } from '../support/raw-http.ts';
import { hashOf } from '../support/torrents.ts';

export interface LoadOrder {
  readonly port: number;
  readonly kind: 'steady' | 'at once' | 'malformed and huge';
  /** How many in all. */
  readonly count: number;
  /** Of the steady ones. */
  readonly perSecond: number;
}

/** A status and how long it took, for each. */
export type LoadReport = readonly RawAnswer[];

function notice(index: number): string {
  return postRequest('/webhook', `event=add&hash=${hashOf(index)}&name=torrent%20${index}`);
}

/** By the clock, so that a pause is caught up with and the rate is kept. */
async function steadily({ port, count, perSecond }: LoadOrder): Promise<RawAnswer[]> {
  const asked: Promise<RawAnswer>[] = [];
  const startedAt = performance.now();
  while (asked.length < count) {
    const due = Math.min(count, Math.ceil(((performance.now() - startedAt) / 1000) * perSecond));
    while (asked.length < due) asked.push(sendRaw(port, notice(asked.length)));
    await sleep(1);
  }
  return Promise.all(asked);
}

async function atOnce(port: number, requests: readonly string[]): Promise<RawAnswer[]> {
  const connections = await Promise.all(requests.map(() => RawConnection.open(port)));
  return Promise.all(connections.map((one, index) => one.send(requests[index] ?? '')));
}

async function send(order: LoadOrder): Promise<RawAnswer[]> {
  const each = <T>(make: (index: number) => T): T[] => Array.from({ length: order.count }, (_, n) => make(n));
  switch (order.kind) {
    case 'steady':
      return steadily(order);
    case 'at once':
      return atOnce(order.port, each(notice));
    case 'malformed and huge':
      return atOnce(
        order.port,
        each((n) => BAD_WEBHOOKS[n % BAD_WEBHOOKS.length]?.request ?? ''),
      );
  }
}

process.once('message', (order: LoadOrder) => {
  void send(order).then((report: LoadReport) => process.send?.(report, () => process.disconnect()));
});
