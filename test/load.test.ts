/** Floods of webhooks: what is answered, and what comes of it. How fast is for `npm run bench`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createHttpServer } from '../src/http/server.ts';
import { ACCESS, fakeLog, OBSERVABILITY } from './http/support.ts';
import { BAD_WEBHOOKS, postRequest, RawConnection, sendRaw } from './support/raw-http.ts';
import { MIB, Rig, type RigOptions, sleepers } from './support/service-rig.ts';
import { hashOf } from './support/torrents.ts';

const HOST = 'alpha.example';
const CROWD = 1_000;
/** All cycles that webhooks ask for have been asked for so long after the last one, ms. */
const ALL_ASKED_MS = 1_200;
const test = suite('floods of webhooks');

const swarm: RigOptions = { caps: { [HOST]: 4 * MIB }, torrents: sleepers(HOST, 5) };

/** A service with HTTP before it. */
async function withFlooded(body: (rig: Rig, port: number) => Promise<void>): Promise<void> {
  await Rig.with(swarm, async (rig) => {
    const { log, lines } = fakeLog();
    const server = createHttpServer({
      operations: rig.operations,
      access: () => ACCESS,
      ...OBSERVABILITY,
      log,
    });
    const { port } = await server.start({ host: '127.0.0.1', port: 0 });
    try {
      await rig.cycle();
      await body(rig, port);
      assert.equal(
        lines.filter(({ level }) => level === 'error'),
        [],
      );
    } finally {
      await server.stop(100);
    }
  });
}

/** All connections are there before the first byte is sent. Returns how often each status was answered. */
async function atOnce(port: number, requests: readonly string[]): Promise<Record<string, number>> {
  const connections = await Promise.all(requests.map(() => RawConnection.open(port)));
  const answers = await Promise.all(connections.map((one, index) => one.send(requests[index] ?? '')));
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function notices(event: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => postRequest('/webhook', `event=${event}&hash=${hashOf(n)}`));
}

test('a thousand at once during a cycle are all taken, and come to one cycle after it', async () => {
  await withFlooded(async (rig, port) => {
    const { journal } = rig.run;
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const began = new Promise<void>((resolve) => {
      journal.onIntent = () => {
        journal.onIntent = () => {};
        resolve();
        return held;
      };
    });
    rig.configure({}, { [HOST]: MIB });
    await rig.operations.reloadConfig();
    await began;
    const before = rig.count('cycle:finished');
    try {
      assert.equal(await atOnce(port, notices('complete', CROWD)), { 202: CROWD });
      assert.is(rig.count('webhook:received'), CROWD);
      await sleep(ALL_ASKED_MS);
      assert.is(rig.count('cycle:finished'), before);
    } finally {
      goOn();
    }
    const merged = await rig.next('cycle:finished', ({ origins }) => origins.includes('webhook'));
    assert.equal(merged.origins, ['webhook']);
    await sleep(ALL_ASKED_MS);
    assert.is(rig.count('cycle:finished'), before + 2, 'the one under way, and one for all of them');
  });
});

test('made-up torrents fill no more than there is room for, and are forgotten', async () => {
  await withFlooded(async (rig, port) => {
    const flood = notices('add', 3 * CROWD);
    for (let from = 0; from < flood.length; from += CROWD) {
      assert.equal(await atOnce(port, flood.slice(from, from + CROWD)), { 202: CROWD });
      assert.ok(rig.service.intake.queueSize <= CROWD, `${rig.service.intake.queueSize} waiting`);
    }
    for (let cycle = 0; cycle < 10 && rig.service.intake.queueSize > 0; cycle += 1) await rig.cycle();
    assert.is(rig.service.intake.queueSize, 0);
  });
});

test('malformed and huge ones are refused, each with what is wrong, and keep none of the others out', async () => {
  await withFlooded(async (rig, port) => {
    for (const { what, request, status } of BAD_WEBHOOKS) {
      assert.is((await sendRaw(port, request)).status, status, what);
    }
    assert.is(rig.count('webhook:received'), 0);
    const many = 20;
    const expected: Record<string, number> = { 202: many };
    for (const { status } of BAD_WEBHOOKS) expected[status] = (expected[status] ?? 0) + many;
    const crowd = notices('complete', many).flatMap((good) => [
      good,
      ...BAD_WEBHOOKS.map(({ request }) => request),
    ]);
    assert.equal(await atOnce(port, crowd), expected);
    assert.is(rig.count('webhook:received'), many);
    assert.is((await rig.operations.forceCycle()).status, 'completed');
  });
});

test.run();
