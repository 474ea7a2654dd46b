import type { Socket } from 'node:net';
import { type Attack, Damage } from '../attack.ts';
import { dial, readUntilClosed, sendFlood, statusOf } from '../raw.ts';
import type { Victim } from '../victim.ts';

const CROWD = 200;
const HUNDRED_MB = 100_000_000;
const POST_HEAD = 'POST /webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n';

/** Opens a crowd of connections that say `hello` and then a byte a second, until each is closed. */
async function trickle(victim: Victim, hello: string, withinMs: number) {
  const sockets: Socket[] = [];
  for (let n = 0; n < CROWD; n += 1) sockets.push(await dial(victim.port));
  for (const socket of sockets) socket.write(hello);
  const drip = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('a');
  }, 1_000);
  const startedAt = performance.now();
  const endings = Promise.all(sockets.map((socket) => readUntilClosed(socket, withinMs)));
  const meanwhile = await victim.ask('GET', '/ping');
  const ends = await endings;
  clearInterval(drip);
  return {
    open: ends.filter(({ closed }) => !closed).length,
    answered: ends.filter(({ text }) => statusOf(text) === 408).length,
    seconds: Math.round((performance.now() - startedAt) / 1000),
    meanwhileMs: meanwhile.ms,
  };
}

function slowAttack(name: string, hello: string, withinMs: number): Attack {
  return {
    name,
    async run(victim) {
      const damage = new Damage();
      const { open, answered, seconds, meanwhileMs } = await trickle(victim, hello, withinMs);
      damage.expect(open === 0, `${open} of ${CROWD} connections were still open after ${withinMs / 1000} s`);
      damage.expect(meanwhileMs < 2_000, `others waited ${Math.round(meanwhileMs)} ms`);
      return damage.verdict(
        `${answered} of ${CROWD} answered 408, all closed in ${seconds} s; others served in ${Math.ceil(meanwhileMs)} ms`,
      );
    },
  };
}

/** Each takes as long as the service is patient: played at once. */
export const slowAttacks: readonly Attack[] = [
  slowAttack(
    'slowloris: headers a byte a second',
    'GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ',
    20_000,
  ),
  slowAttack('slow body: a byte a second', `${POST_HEAD}Content-Length: 60000\r\n\r\n{`, 40_000),
  {
    name: 'a reader that never reads, and asks on and on',
    async run(victim) {
      const damage = new Damage();
      const page = await victim.ask('GET', '/', { headers: { Accept: 'text/html' } });
      const asset = /assets\/main-\w+\.js/.exec(page.text)?.[0] ?? '';
      const { text } = await victim.ask('GET', `/${asset}`);
      const socket = await dial(victim.port);
      socket.pause();
      const gone = new Promise<boolean>((resolve) => {
        socket.on('error', () => undefined).once('close', () => resolve(true));
      });
      const asked = Math.ceil(40_000_000 / text.length);
      socket.write(`GET /${asset} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`.repeat(asked));
      // A paused socket doesn't hear of its end: what is written to a closed one tells.
      const probe = setInterval(() => socket.write('\r\n'), 1_000);
      const late = new Promise<boolean>((resolve) => {
        setTimeout(() => resolve(false), 75_000).unref();
      });
      const startedAt = performance.now();
      const cut = await Promise.race([gone, late]);
      clearInterval(probe);
      socket.destroy();
      damage.expect(cut, 'the connection was kept for 75 s');
      return damage.verdict(`cut off after ${Math.round((performance.now() - startedAt) / 1000)} s`);
    },
  },
];

export const floodAttacks: readonly Attack[] = [
  {
    name: '100 MB body, length announced',
    async run(victim) {
      const damage = new Damage();
      const head = `${POST_HEAD}Content-Length: ${HUNDRED_MB}\r\n\r\n`;
      const { status } = await sendFlood(victim.port, head, HUNDRED_MB, false);
      damage.expect(status === 413, `answered ${status}`);
      return damage.verdict('413 body_too_large');
    },
  },
  {
    name: '100 MB body, chunked, of unknown length',
    async run(victim) {
      const damage = new Damage();
      const before = await victim.residentMib();
      let most = before;
      const watch = setInterval(() => {
        victim.residentMib().then(
          (mib) => {
            most = Math.max(most, mib);
          },
          () => undefined,
        );
      }, 20);
      const head = `${POST_HEAD}Transfer-Encoding: chunked\r\n\r\n`;
      const { status } = await sendFlood(victim.port, head, HUNDRED_MB, true);
      clearInterval(watch);
      damage.expect(status === 413, `answered ${status}`);
      damage.expect(most - before < 30, `memory grew by ${Math.round(most - before)} MiB`);
      return damage.verdict(`413 body_too_large; memory grew by ${Math.round(most - before)} MiB`);
    },
  },
  {
    name: '100 streams of events',
    async run(victim) {
      const damage = new Damage();
      const sockets = await Promise.all(Array.from({ length: 100 }, () => dial(victim.port)));
      const statuses = await Promise.all(
        sockets.map(
          (socket) =>
            new Promise<number>((resolve) => {
              socket.on('error', () => resolve(0)).once('data', (chunk) => resolve(statusOf(String(chunk))));
              socket.write('GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
            }),
        ),
      );
      const opened = statuses.filter((status) => status === 200).length;
      damage.expect(opened > 0 && opened <= 32, `${opened} were opened`);
      damage.expect(
        statuses.every((status) => status === 200 || status === 503),
        statuses.join(),
      );
      for (const socket of sockets) socket.destroy();
      return damage.verdict(`${opened} opened, 503 for the rest`);
    },
  },
];
