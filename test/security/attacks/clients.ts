import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../support/real-swarm/wait-for.ts';
import { type Attack, Damage } from '../attack.ts';
import { HostileClient, hashOf, type Pieces, torrentOf } from '../hostile-client.ts';
import type { Victim } from '../victim.ts';

/** Answers that are looked at: what one leaves behind shows with the next. */
const ANSWERS = 3;
const WITHIN_MS = 20_000;
/** Chunks that were read wait for V8 to collect them, up to 32 MiB. */
const MOST_MIB = 64;
/** What so many torrents take as can be. */
const MOST_TORRENTS_MIB = 256;
/** A tester's machine may be busy. */
const MOST_WAIT_MS = 2_000;

const BLOCK = 64 * 1024;
const torrents = `"torrents":{"${hashOf(1)}":${torrentOf()}}`;

function* repeated(text: string, bytes: number): Generator<string> {
  const block = text.repeat(Math.ceil(BLOCK / text.length));
  for (let sent = 0; sent < bytes; sent += block.length) yield block;
}

/** One answer, written out: `before`, megabytes of the same, `after`. */
function around(before: string, text: string, bytes: number, after: string): Pieces {
  return function* () {
    yield before;
    yield* repeated(text, bytes);
    yield after;
  };
}

function trackers(count: number): Pieces {
  return function* () {
    yield `{"full_update":true,"rid":1,${torrents},"trackers":{"udp://first.example/":[]`;
    for (let n = 0; n < count; n += 1) yield `,"https://t${n}.example/announce":["${hashOf(1)}"]`;
    yield '}}';
  };
}

/** One torrent with 17,000 URLs that come before the one of all others, whose announces fail. */
const OTHERS = Array.from({ length: 50 }, (_, n) => hashOf(n + 2));
function* hostileUrls(): Generator<string> {
  yield `{"full_update":true,"rid":1,"torrents":{"${hashOf(1)}":${torrentOf()}`;
  for (const hash of OTHERS) yield `,"${hash}":${torrentOf({ tracker: '' })}`;
  yield '},"trackers":{"http://0.evil.example/":[]';
  for (let n = 0; n < 17_000; n += 1) yield `,"http://0.${n}.evil.example/a":["${hashOf(1)}"]`;
  yield `,"https://real.example/announce":${JSON.stringify(OTHERS)}}}`;
}

let client: HostileClient | null = null;

/** The one that the service is connected to, without any cap, so that it holds nothing that it would have to restore. */
async function connected(victim: Victim): Promise<HostileClient> {
  if (client !== null) return client;
  client = new HostileClient();
  await client.start();
  const { port } = client;
  await victim.untilManaged();
  await victim.ask('POST', '/rollback', { json: { confirm: true } });
  await waitFor('the rollback', 10_000, async () =>
    Object.values(victim.limits).every((limit) => limit === 0) ? true : undefined,
  );
  const trackers = [
    { id: 'real', pattern: 'real\\.example', max_upload_speed: -1 },
    { id: 'default', pattern: '.*', max_upload_speed: -1 },
  ];
  await victim.configure({}, { trackers, qbittorrent: { host: '127.0.0.1', port, timeout: 5 } });
  await victim.ask('POST', '/resume', { json: {} });
  return client;
}

async function attackedBy(
  victim: Victim,
  damage: Damage,
  arm: (client: HostileClient) => void,
  allowedMib: number,
): Promise<string> {
  const client = await connected(victim);
  await untilWell(victim, client);
  const before = await victim.residentMib();
  arm(client);
  client.longestCookie = 0;
  const from = client.asked;
  const startedAt = performance.now();
  let mostMib = 0;
  let mostMs = 0;
  while (client.asked < from + ANSWERS && performance.now() - startedAt < WITHIN_MS) {
    mostMs = Math.max(mostMs, (await victim.ask('GET', '/ping')).ms);
    mostMib = Math.max(mostMib, (await victim.residentMib()) - before);
    await sleep(10);
  }
  damage.expect(client.asked > from, 'it was not asked');
  damage.expect(mostMib <= allowedMib, `took ${Math.round(mostMib)} MiB`);
  damage.expect(mostMs <= MOST_WAIT_MS, `others waited ${Math.round(mostMs)} ms`);
  damage.expect(client.longestCookie < 9_000, `it was sent ${client.longestCookie} bytes of cookies`);
  client.pieces = null;
  client.instead = null;
  await untilWell(victim, client);
  return `${Math.max(0, Math.round(mostMib))} MiB more, others served in ${Math.ceil(mostMs)} ms`;
}

/** It has read a good answer, and says that all is well. */
async function untilWell(victim: Victim, client: HostileClient): Promise<void> {
  const from = client.asked;
  await waitFor('a good reading', 40_000, async () => {
    const { status } = await victim.ask('GET', '/health');
    return client.asked > from + 1 && status === 200 ? true : undefined;
  });
}

function attack(name: string, arm: (client: HostileClient) => void, allowedMib = MOST_MIB): Attack {
  return {
    name: `a client that sends ${name}`,
    async run(victim) {
      const damage = new Damage();
      return damage.verdict(await attackedBy(victim, damage, arm, allowedMib));
    },
  };
}

function answering(name: string, pieces: Pieces, allowedMib = MOST_MIB): Attack {
  return attack(
    name,
    (client) => {
      client.pieces = pieces;
    },
    allowedMib,
  );
}

/** Other torrents stay with their tracker, and the one with too many URLs is named. */
const manyUrlsFirst: Attack = {
  name: 'a client with a torrent of 17,000 announce URLs before those of others',
  async run(victim) {
    const damage = new Damage();
    const client = await connected(victim);
    await untilWell(victim, client);
    client.pieces = hostileUrls;
    const from = client.asked;
    await waitFor('readings', WITHIN_MS, async () => (client.asked > from + ANSWERS ? true : undefined));
    const real = await victim.ask('GET', '/torrents?tracker=real&limit=1');
    const health = await victim.ask('GET', '/health');
    client.pieces = null;
    const { total } = JSON.parse(real.text) as { readonly total: number };
    damage.expect(total === OTHERS.length, `${total} of ${OTHERS.length} others have their tracker`);
    damage.expect(health.text.includes(`left out: ${hashOf(1)}`), 'health does not name the torrent');
    await untilWell(victim, client);
    return damage.verdict(`${total} of ${OTHERS.length} others keep their tracker, health names the torrent`);
  },
};

let cookies = 0;

/** On a service of its own, one after the other: each looks at its memory. */
export const clientAttacks: readonly Attack[] = [
  answering('10 MB of brackets', around('{"rid":1,"categories":', '[', 10_000_000, '')),
  answering(
    '10 MB of brackets within a torrent',
    around(`{"rid":1,"torrents":{"${hashOf(1)}":{"x":`, '[', 1e7, ''),
  ),
  answering(
    'a name of 50 MB',
    around(`{"full_update":true,"rid":1,"torrents":{"${hashOf(1)}":{"name":"`, 'x', 50_000_000, '"}}}'),
  ),
  answering('a body without an end', around(`{"rid":1,${torrents}`, ' ', 1e12, '')),
  answering(
    'torrents without an end',
    function* () {
      yield `{"full_update":true,"rid":1,"torrents":{"${hashOf(0)}":${torrentOf()}`;
      for (let n = 1; ; n += 1)
        yield `,"${hashOf(n)}":${torrentOf({ category: `${n}`, tracker: `udp://t${n}.a/` })}`;
    },
    MOST_TORRENTS_MIB,
  ),
  answering('8,000 announce URLs on one torrent', trackers(8_000)),
  manyUrlsFirst,
  // Mostly 40 MiB. After other attacks V8 may let 200 MiB of garbage lie before it collects them.
  answering('1,000,000 announce URLs', trackers(1_000_000), 256),
  answering('1,000,000 announce URLs of as many torrents that it does not have', function* () {
    yield `{"full_update":true,"rid":1,${torrents},"trackers":{"udp://first.example/":[]`;
    for (let n = 0; n < 1_000_000; n += 1) yield `,"https://t${n}.example/announce":["${hashOf(n)}"]`;
    yield '}}';
  }),
  answering('100 MB of info-hashes', function* () {
    yield `{"full_update":true,"rid":1,${torrents},"trackers":{"https://t.example/announce":["${hashOf(1)}"`;
    for (let n = 0; n < 2_300_000; n += 1) yield `,"${hashOf(n)}"`;
    yield ']}}';
  }),
  attack('a switch of protocol', (client) => {
    client.instead = (outgoing) => {
      outgoing.writeHead(101, { connection: 'upgrade', upgrade: 'nothing' });
      outgoing.flushHeaders();
      return true;
    };
  }),
  attack('ever new cookies', (client) => {
    client.instead = (outgoing) => {
      const names = Array.from({ length: 12 }, () => (cookies += 1));
      outgoing.setHeader(
        'Set-Cookie',
        names.map((name) => `c${name}=${'v'.repeat(1_000)}`),
      );
      return false;
    };
  }),
];
