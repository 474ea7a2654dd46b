/** Every route of the real service, asked in every way that changes its answer: each is as described. */
import { request } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OPERATIONS } from '../../../src/http/description/operations.ts';
import type { Observability } from '../../../src/http/observability.ts';
import { createHttpServer } from '../../../src/http/server.ts';
import { waitFor } from '../../support/real-swarm/wait-for.ts';
import { MIB, Rig, type RigOptions, sleepers } from '../../support/service-rig.ts';
import { ACCESS, type Answer, API_KEY, type AskOptions, ask, fakeLog, OBSERVABILITY } from '../support.ts';
import { assertDescribed, DOCUMENT, seen, violations } from './contract.ts';

const HOST = 'alpha.example';
const OTHER = 'beta.example';
const KEY = { Host: 'seedbox', 'X-Api-Key': API_KEY };
const test = suite("the API's description");

const swarm: RigOptions = {
  caps: { [HOST]: 4 * MIB, [OTHER]: MIB },
  torrents: [
    ...sleepers(HOST, 3, 300 * 1024),
    ...sleepers(OTHER, 1),
    { name: 'busy', trackers: [`https://${HOST}/x/announce`], demand: { kind: 'constant', bps: 20 * MIB } },
  ],
};

type Say = (method: string, path: string, options?: AskOptions) => Promise<Answer>;

async function withService(
  options: Partial<RigOptions>,
  body: (say: Say, rig: Rig, port: number) => Promise<void>,
  observability: Observability = OBSERVABILITY,
): Promise<void> {
  await Rig.with({ ...swarm, ...options }, async (rig) => {
    const { log } = fakeLog();
    const server = createHttpServer({
      operations: rig.operations,
      access: () => ACCESS,
      ...observability,
      log,
    });
    const { port } = await server.start({ host: '127.0.0.1', port: 0 });
    try {
      const say: Say = async (method, path, given) => {
        const answer = await ask(port, method, path, given);
        assertDescribed(method, path, answer);
        return answer;
      };
      await body(say, rig, port);
    } finally {
      await server.stop(0);
    }
  });
}

const PLAN = {
  steps: [
    { percentage: 20, hold: 600 },
    { percentage: 100, hold: 600 },
  ],
};

test('while it works, every route answers as described', async () => {
  await withService({}, async (say) => {
    await waitFor('a cycle that sets limits', 30_000, async () => {
      await say('POST', '/cycle/force', { json: {} });
      const { json } = await say('GET', '/stats/managed');
      return Number(json.total) > 0 ? true : undefined;
    });
    await say('POST', '/webhook', { form: `event=add&hash=${'a'.repeat(40)}` });
    await say('POST', '/rollout', { json: { percentage: 50 } });
    await say('POST', '/rollout', { json: { action: 'start', plan: PLAN } });
    for (const action of ['hold', 'continue', 'advance']) await say('POST', '/rollout', { json: { action } });
    for (const path of Object.keys(DOCUMENT.paths)) {
      if (DOCUMENT.paths[path]?.get === undefined || path === '/events') continue;
      await say('GET', path === '/match/test' ? `${path}?url=https%3A%2F%2F${HOST}%2Fx%2Fannounce` : path);
    }
    await say('GET', `/match/test?detailed=true&url=https%3A%2F%2F${HOST}%2Fx%2Fannounce`);
    await say('GET', '/match/test?url=nothing');
    await say('POST', '/rollout', { json: { action: 'abort' } });
    await say('POST', '/smoothing/reset', { json: { all: true } });
    await say('POST', '/config/reload', { json: {} });
    await say('POST', '/resume', { json: {} });
    await say('POST', '/ownership/take', { json: { confirm: true } });
    await say('POST', '/originals/adopt', { json: { confirm: true, as: 'as_is' } });
    const stranger = 'b'.repeat(40);
    const { json: managed } = await say('GET', '/torrents?show=managed');
    const [{ hash } = { hash: '' }] = managed.items as { hash: string }[];
    const part = await say('POST', '/rollback', { json: { confirm: true, hashes: [hash, stranger] } });
    assert.equal(part.json.unknown, [stranger]);
    const unknown = await say('POST', '/rollback', { json: { confirm: true, hashes: [stranger] } });
    assert.equal(unknown.json.unknown, [stranger]);
    await say('POST', '/rollback', { json: { confirm: true, tracker_id: (await trackerIds(say))[0] } });
    await say('GET', '/state');
    await say('POST', '/limits/reset', { json: { confirm: true, scope: 'all' } });
    await say('POST', '/rollback', { json: { confirm: true, reason: 'a test' } });
    for (const path of ['/state', '/health', '/stats', '/preview/next-cycle']) await say('GET', path);
    await say('POST', '/cycle/force', { json: {} });
    for (const kind of ['original', 'change', 'rollback', 'rollout']) {
      const { json } = await say('GET', `/journal?kind=${kind}&limit=500`);
      if (kind !== 'original') assert.ok(Number(json.total) > 0, `there are ${kind}s`);
    }
    await say('POST', '/resume', { json: {} });
    await say('POST', '/login', { json: { key: API_KEY } });
    await say('POST', '/logout', { json: {} });
    await say('GET', '/session', { headers: KEY });
  });
});

async function trackerIds(say: Say): Promise<readonly string[]> {
  return Object.keys((await say('GET', '/stats/trackers')).json);
}

test('in a dry run, and under the soft strategy, too', async () => {
  await withService({ global: { dry_run: true, allocation_strategy: 'soft' } }, async (say) => {
    await say('POST', '/cycle/force', { json: {} });
    for (const path of [
      '/health',
      '/state',
      '/stats',
      '/stats/trackers',
      '/preview/next-cycle',
      '/torrents',
    ]) {
      await say('GET', path);
    }
    await say('POST', '/smoothing/reset', { json: { tracker_id: (await trackerIds(say))[0] } });
    assert.is((await say('POST', '/rollback', { json: { confirm: true } })).json.status, 'dry_run');
    await say('POST', '/limits/reset', { json: { confirm: true } });
  });
});

test('without a qBittorrent, too', async () => {
  await withService({}, async (say, rig) => {
    await rig.simulator.stop();
    await waitFor('it to notice', 30_000, async () => {
      await ask(rig.port, 'GET', '/').catch(() => undefined);
      const cycle = await say('POST', '/cycle/force', { json: {} });
      return cycle.status === 503 && (await say('GET', '/health')).status === 503 ? true : undefined;
    });
    for (const path of ['/state', '/stats', '/torrents', '/preview/next-cycle']) await say('GET', path);
    await say('POST', '/limits/reset', { json: { confirm: true } });
    assert.is((await say('POST', '/rollback', { json: { confirm: true } })).json.status, 'pending');
    await say('POST', '/resume', { json: {} });
  });
});

test('each event of the stream is as described', async () => {
  await withService({}, async (say, _, port) => {
    await say('POST', '/cycle/force', { json: {} });
    const text = await new Promise<string>((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: '/events' }, (response) => {
        let read = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          read += chunk;
          if (!['state', 'stats', 'link', 'cycle'].every((name) => read.includes(`event: ${name}\n`))) return;
          if (!read.endsWith('\n\n')) return;
          response.destroy();
          resolve(read);
        });
      })
        .on('error', reject)
        .end();
    });
    const names: Readonly<Record<string, string>> = {
      state: 'LiveState',
      stats: 'LiveStats',
      link: 'LiveLink',
      cycle: 'LiveCycle',
    };
    for (const [, name = '', data = ''] of text.matchAll(/event: (\w+)\ndata: (.*)\n/g)) {
      const schema = { $ref: `#/components/schemas/${names[name]}` };
      assert.equal(violations(schema, JSON.parse(data)), [], name);
    }
  });
});

test('refusals are as described', async () => {
  let tests: Awaited<ReturnType<Observability['testNotifications']>> = [];
  const observability = { ...OBSERVABILITY, testNotifications: async () => tests };
  await withService(
    {},
    async (say) => {
      for (const key of Object.keys(OPERATIONS)) {
        const [method = '', path = ''] = key.split(' ');
        const open = ['/ping', '/login', '/logout'].includes(path);
        if (!open) assert.is((await say(method, path, { headers: { Host: 'seedbox' } })).status, 401);
        if (method !== 'POST') continue;
        const text = { body: 'x=1', headers: { 'Content-Type': 'text/plain' } };
        assert.is((await say(method, path, text)).status, 415);
        assert.is(
          (await say(method, path, { json: {}, headers: { Origin: 'https://evil.example' } })).status,
          403,
        );
        assert.is((await say(method, path, { form: 'x'.repeat(70_000) })).status, 413);
        assert.is(
          (await say(method, path, { body: '{', headers: { 'Content-Type': 'application/json' } })).status,
          400,
        );
      }
      for (const path of ['/journal?limit=x', '/torrents?sort=x', '/match/test']) {
        assert.is((await say('GET', path)).status, 400);
      }
      assert.is((await say('POST', '/smoothing/reset', { json: { tracker_id: 'x' } })).status, 404);
      assert.is((await say('POST', '/rollback', { json: { confirm: true, tracker_id: 'x' } })).status, 404);
      assert.is((await say('POST', '/rollout', { json: { action: 'hold' } })).status, 409);
      assert.is((await say('POST', '/rollout', { json: { action: 'start' } })).status, 422);
      assert.is((await say('POST', '/notifications/test', { json: {} })).status, 422);
      tests = [{ target: 'notifications.targets[0]', type: 'webhook', problem: null }];
      assert.is((await say('POST', '/notifications/test', { json: {} })).status, 200);
      tests = [{ target: 'notifications.targets[0]', type: 'webhook', problem: 'it answered 404' }];
      assert.is((await say('POST', '/notifications/test', { json: {} })).status, 502);
      for (let tries = 0; tries < 6; tries += 1) await say('POST', '/login', { json: { key: 'wrong' } });
      assert.is((await say('GET', '/state', { headers: KEY })).status, 429);
    },
    observability,
  );
});

test('of every route a success was seen, and held against its description', () => {
  const unseen = Object.entries(OPERATIONS)
    .filter(([, { answer }]) => answer !== 'events')
    .filter(([key, { status = 200 }]) => !seen.has(`${key} ${status}`));
  assert.equal(
    unseen.map(([key]) => key),
    [],
  );
});

test.run();
