/** Connections in numbers: memory, time, and who still gets in. */
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Attack, Damage } from '../attack.ts';
import { dial, lanAddress, readUntilClosed, statusOf } from '../raw.ts';
import { API_KEY, STRANGER, type Victim } from '../victim.ts';

/** What fits into one read of a socket. */
const AHEAD = 1_500;
/** All that the service takes at once. */
const ALL = 1_536;

async function webhookKeyOf(victim: Victim): Promise<string> {
  return (await readFile(path.join(victim.folder, 'data', 'api-key.webhook'), 'utf8')).trim();
}

/** @param hello what each says at once */
async function crowd(port: number, size: number, host?: string, hello = ''): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < size) {
    const batch = Math.min(100, size - sockets.length);
    const dialled = await Promise.all(Array.from({ length: batch }, () => dial(port, host)));
    for (const socket of dialled) socket.on('error', () => undefined).write(hello);
    sockets.push(...dialled);
  }
  return sockets;
}

interface Cost {
  readonly grownMib: number;
  /** Of the processor; the clock would measure the machine's other work too. */
  readonly cpuMs: number;
}

/** What `strike` costs the service in two seconds. It must answer others meanwhile. */
async function costOf(victim: Victim, strike: () => void): Promise<Cost> {
  const before = await victim.cpuMs();
  const grownMib = await victim.growthWhile(async () => {
    strike();
    for (let n = 0; n < 20; n += 1) {
      await victim.ask('GET', '/ping');
      await sleep(100);
    }
  });
  return { grownMib, cpuMs: (await victim.cpuMs()) - before };
}

function judge({ grownMib, cpuMs }: Cost, most: Cost): Damage {
  const damage = new Damage();
  damage.expect(grownMib <= most.grownMib, `memory grew by ${grownMib} MiB`);
  damage.expect(cpuMs <= most.cpuMs, `it took ${cpuMs} ms of the processor`);
  return damage;
}

const inWords = ({ grownMib, cpuMs }: Cost) => `memory grew by ${grownMib} MiB, ${cpuMs} ms of the processor`;

function pipelining(what: string, route: (victim: Victim) => Promise<string>): Attack {
  return {
    name: `${AHEAD} requests in one write, answers unread: ${what}`,
    async run(victim) {
      const request = `GET ${await route(victim)} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(AHEAD);
      const sockets = await crowd(victim.port, 8);
      const cost = await costOf(victim, () => {
        for (const socket of sockets) socket.pause().write(request);
      });
      for (const socket of sockets) socket.destroy();
      return judge(cost, { grownMib: 64, cpuMs: 2_000 }).verdict(`8 connections: ${inWords(cost)}`);
    },
  };
}

/** Each connection sends `head` and `body`, and nothing more. */
function heldBodies(name: string, head: string, body: string): Attack {
  return {
    name,
    needs: 'an address that is not loopback',
    async run(victim) {
      const sockets = await crowd(victim.port, ALL - 6, lanAddress() ?? '');
      const cost = await costOf(victim, () => {
        for (const socket of sockets) socket.pause().write(`${head}${body}`);
      });
      for (const socket of sockets) socket.destroy();
      return judge(cost, { grownMib: 96, cpuMs: 4_000 }).verdict(
        `${sockets.length} connections: ${inWords(cost)}`,
      );
    },
  };
}

export const connectionAttacks: readonly Attack[] = [
  pipelining('the API description', async () => '/api/openapi.json'),
  pipelining("the dashboard's script", async (victim) => {
    const page = await victim.ask('GET', '/', { headers: { Accept: 'text/html' } });
    return `/${/assets\/main-\w+\.js/.exec(page.text)?.[0] ?? ''}`;
  }),
  pipelining('/ping', async () => '/ping'),
  {
    name: 'all streams of events, by one address without a key',
    async run(victim) {
      const damage = new Damage();
      await victim.configure({ public: ['events'] });
      const sockets = await crowd(victim.port, 60);
      const opening = sockets.map((socket) => {
        const first = new Promise<number>((resolve) => {
          socket.once('data', (chunk) => resolve(statusOf(String(chunk)))).once('close', () => resolve(0));
        });
        socket.write('GET /events HTTP/1.1\r\nHost: seedbox\r\n\r\n');
        return first;
      });
      const opened = (await Promise.all(opening)).filter((status) => status === 200).length;
      const owner = await dial(victim.port);
      owner.write(`GET /events HTTP/1.1\r\nHost: seedbox\r\nX-Api-Key: ${API_KEY}\r\n\r\n`);
      const status = await new Promise<number>((resolve) => {
        owner.once('data', (chunk) => resolve(statusOf(String(chunk)))).once('close', () => resolve(0));
      });
      for (const socket of [...sockets, owner]) socket.destroy();
      await victim.configure();
      damage.expect(opened <= 4, `${opened} were opened`);
      damage.expect(status === 200, `the owner was answered ${status}`);
      return damage.verdict(`${opened} opened, 503 for the rest; the owner got one`);
    },
  },
  {
    name: 'connections broken off, by the hundred',
    async run(victim) {
      const damage = new Damage();
      const before = (await victim.logs()).length;
      const requests = [
        'GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n',
        'GET /config HTTP/1.1\r\nHost: localhost\r\n\r\n',
        'POST /webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
        'GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n',
      ];
      for (let round = 0; round < 25; round += 1) {
        const sockets = await crowd(victim.port, requests.length);
        for (const [n, socket] of sockets.entries()) socket.write(requests[n] ?? '');
        await sleep(5);
        for (const socket of sockets) socket.resetAndDestroy();
      }
      await sleep(500);
      const lines = (await victim.logs()).slice(before).split('\n');
      const stacks = lines.filter((line) => line.includes('"stack"')).length;
      const gone = lines.filter((line) => line.includes('an answer could not be sent')).length;
      damage.expect(stacks === 0 && gone === 0, `${stacks} stacks and ${gone} warnings in the log`);
      return damage.verdict('no stack and no warning in the log');
    },
  },
];

export const strangerAttacks: readonly Attack[] = [
  heldBodies(
    'held bodies on /login, of a length',
    'POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 65536\r\n\r\n',
    `{"key":"${'a'.repeat(65_000)}`,
  ),
  heldBodies(
    'held bodies on /login, in chunks',
    'POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    `fde8\r\n{"key":"${'a'.repeat(64_900)}`,
  ),
  heldBodies(
    'held bodies of requests that take none',
    'GET /ping HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n',
    'a'.repeat(65_000),
  ),
  heldBodies('held headers', 'GET /ping HTTP/1.1\r\nHost: a\r\n', `X-Long: ${'a'.repeat(15_000)}`),
  {
    name: 'every connection, by one stranger',
    needs: 'an address that is not loopback',
    async run(victim) {
      const damage = new Damage();
      const lan = lanAddress() ?? '';
      const sockets = await crowd(victim.port, ALL, lan);
      const local = await victim.ask('GET', '/ping').catch(() => null);
      damage.expect(local?.status === 200, `the health check was answered ${local?.status ?? 'nothing'}`);
      // Of the stranger's very address, with a key: when they have been silent for two seconds.
      await sleep(2_100);
      const head = `GET /state HTTP/1.1\r\nHost: seedbox\r\nX-Api-Key: ${API_KEY}\r\nConnection: close\r\n\r\n`;
      const socket = await dial(victim.port, lan);
      socket.write(head);
      const { text } = await readUntilClosed(socket, 5_000);
      for (const other of sockets) other.destroy();
      damage.expect(statusOf(text) === 200, `a key holder was answered ${statusOf(text)}`);
      return damage.verdict(
        `health check in ${Math.ceil(local?.ms ?? 0)} ms; a key holder of the same address served`,
      );
    },
  },
  {
    name: "every connection and body, by the webhook's key",
    needs: 'an address that is not loopback',
    async run(victim) {
      const damage = new Damage();
      const lan = lanAddress() ?? '';
      const key = await webhookKeyOf(victim);
      const held =
        `POST /webhook HTTP/1.1\r\nHost: seedbox\r\nX-Api-Key: ${key}\r\nContent-Type: application/json\r\n` +
        `Content-Length: 8192\r\n\r\n{"event":"${'a'.repeat(8_000)}`;
      const sockets = await crowd(victim.port, ALL + 200, lan, held);
      // As long as the silent ones are waited for: what stays has sent its key.
      await sleep(2_100);
      const check = await victim.ask('GET', '/ping').catch(() => null);
      damage.expect(check?.status === 200, `the health check was answered ${check?.status ?? 'nothing'}`);
      const owner = { 'X-Api-Key': API_KEY, ...STRANGER };
      const rollback = await victim
        .ask('POST', '/rollback', { headers: owner, json: { confirm: true } })
        .catch(() => null);
      damage.expect(rollback?.status === 200, `the rollback was answered ${rollback?.status ?? 'nothing'}`);
      // From the very address of the attack, too.
      const socket = await dial(victim.port, lan);
      socket.write(
        `POST /resume HTTP/1.1\r\nHost: seedbox\r\nX-Api-Key: ${API_KEY}\r\nConnection: close\r\n\r\n`,
      );
      const { text } = await readUntilClosed(socket, 5_000);
      damage.expect(
        statusOf(text) === 200,
        `POST /resume of the same address was answered ${statusOf(text)}`,
      );
      for (const other of sockets) other.destroy();
      return damage.verdict(
        `health check in ${Math.ceil(check?.ms ?? 0)} ms, rollback in ${Math.ceil(rollback?.ms ?? 0)} ms`,
      );
    },
  },
  {
    name: '2,000 webhooks at once, from one address',
    needs: 'an address that is not loopback',
    async run(victim) {
      const damage = new Damage();
      const body = 'event=add&hash=0123456789abcdef0123456789abcdef01234567';
      const key = await webhookKeyOf(victim);
      const request =
        `POST /webhook HTTP/1.1\r\nHost: seedbox\r\nX-Api-Key: ${key}\r\nConnection: close\r\n` +
        `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n`;
      // Each is under way until the last is there.
      const sockets = await crowd(victim.port, 2_000, lanAddress() ?? '', request);
      const reading = sockets.map((socket) => readUntilClosed(socket, 20_000));
      for (const socket of sockets) socket.write(body);
      const answers = (await Promise.all(reading)).map(({ text }) => text);
      const count = (status: number) => answers.filter((text) => statusOf(text) === status).length;
      const later = answers.filter((text) => /^HTTP\/1\.1 503 [\s\S]*retry-after: \d/i.test(text)).length;
      damage.expect(
        count(202) + later === answers.length,
        `${count(0)} were closed without an answer, ${count(503) - later} without Retry-After`,
      );
      damage.expect(count(202) >= 1_000, `${count(202)} were taken`);
      return damage.verdict(`${count(202)} taken, ${later} told to come again, 0 closed without an answer`);
    },
  },
];
