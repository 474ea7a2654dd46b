/**
 * The sender of webhooks, in a process of its own so that nothing but the service slows it down. Told by its first
 * message what to send, it answers with what came back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { BAD_WEBHOOKS, postRequest, type RawAnswer, RawConnection, sendRaw } from '../support/raw-http.ts';
import { hashOf } from '../support/torrents.ts';

export type LoadOrder = { readonly port: number } & (
  | { readonly kind: 'steady'; readonly count: number; readonly perSecond: number }
  | { readonly kind: 'saturation'; readonly senders: number; readonly seconds: number }
  | { readonly kind: 'at once' | 'malformed and huge'; readonly count: number }
);

/** A status and how long it took, for each. */
export type LoadReport = readonly RawAnswer[];

function notice(index: number): string {
  return postRequest('/webhook', `event=add&hash=${hashOf(index)}&name=torrent%20${index}`);
}

/** By the clock, so that a pause is caught up with and the rate is kept. */
async function steadily(port: number, count: number, perSecond: number): Promise<RawAnswer[]> {
  const asked: Promise<RawAnswer>[] = [];
  const startedAt = performance.now();
  while (asked.length < count) {
    const due = Math.min(count, Math.ceil(((performance.now() - startedAt) / 1000) * perSecond));
    while (asked.length < due) asked.push(sendRaw(port, notice(asked.length)));
    await sleep(1);
  }
  return Promise.all(asked);
}

async function untilTimeIsUp(port: number, senders: number, seconds: number): Promise<RawAnswer[]> {
  const answers: RawAnswer[] = [];
  const endsAt = performance.now() + seconds * 1000;
  const sender = async (): Promise<void> => {
    while (performance.now() < endsAt) answers.push(await sendRaw(port, notice(answers.length)));
  };
  await Promise.all(Array.from({ length: senders }, sender));
  return answers;
}

async function atOnce(port: number, requests: readonly string[]): Promise<RawAnswer[]> {
  const connections = await Promise.all(requests.map(() => RawConnection.open(port)));
  return Promise.all(connections.map((one, index) => one.send(requests[index] ?? '')));
}

async function send(order: LoadOrder): Promise<RawAnswer[]> {
  const { port } = order;
  switch (order.kind) {
    case 'steady':
      return steadily(port, order.count, order.perSecond);
    case 'saturation':
      return untilTimeIsUp(port, order.senders, order.seconds);
    case 'at once':
      return atOnce(
        port,
        Array.from({ length: order.count }, (_, n) => notice(n)),
      );
    case 'malformed and huge':
      return atOnce(
        port,
        Array.from({ length: order.count }, (_, n) => BAD_WEBHOOKS[n % BAD_WEBHOOKS.length]?.request ?? ''),
      );
  }
}

process.once('message', (order: LoadOrder) => {
  void send(order).then((report: LoadReport) => process.send?.(report, () => process.disconnect()));
});
