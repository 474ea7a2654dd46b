/** What a whole run leaves in the log, of secrets and of texts from outside. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseExposition } from '../support/exposition.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { withServer } from '../support/scripted-server.ts';
import { assertNoSecrets, type Bench, MIB, SECRETS, simulator, withBench } from './support.ts';

const test = suite('run: the log');

/** Begins a line of its own, clears a terminal by C0 and by C1, and turns the direction of what follows. */
const HOSTILE = 'evil\n{"level":"info","msg":"fake"}\r\u001b[2J\u009b2J\u202E';
const UNRULY = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

function swarm(demand: { readonly kind: 'constant'; readonly bps: number } | { readonly kind: 'none' }) {
  const trackers = [`https://tracker.example/${SECRETS.passkey}/announce?passkey=${SECRETS.passkey}`];
  const torrents = [1, 2, 3].map((n) => ({ name: `${HOSTILE} ${n}`, trackers, demand }));
  return { seed: 1, linkBps: 40 * MIB, torrents };
}

async function post(bench: Bench, route: string, form: Record<string, string>): Promise<number> {
  const body = new URLSearchParams(form);
  return (await fetch(`http://127.0.0.1:${bench.port}${route}`, { method: 'POST', body })).status;
}

/** A bit of everything that is logged, each with something planted in it. */
async function liveThroughMuch(
  bench: Bench,
  qbittorrentPort: number,
  notifications: Record<string, unknown>,
) {
  const logging = { level: 'DEBUG', file: './q.log' };
  const run = await bench.serve();
  await bench.health(200);
  const tracker = `https://tracker.example/${SECRETS.passkey}/announce`;
  const hash = 'a'.repeat(40);
  await post(bench, '/webhook', { event: 'add', hash, name: HOSTILE, tracker });
  await bench.get(`/match/test?url=${encodeURIComponent(tracker)}&apikey=${SECRETS.apiKey}`);
  await run.says(/changed \d+ limits? in/);
  assert.is(await post(bench, '/notifications/test', {}), 502);
  await bench.configure({
    qbittorrentPort,
    logging,
    notifications: { targets: [{ type: 'webhook', url: SECRETS.notificationToken }] },
  });
  await run.says(/config not reloaded/);
  await run.says(/could not be told of config_refused/);
  assert.is(await post(bench, '/rollback', { confirm: 'true', reason: HOSTILE }), 200);
  await bench.configure({ qbittorrentPort, logging, notifications, password: SECRETS.wrongPassword });
  await run.says(/config reloaded/);
  await run.says(/refused the user name or password/);
  return await run.stop();
}

test('at DEBUG, no planted secret and no unruly text is in it, nor in the file; every line is JSON', async () => {
  await withServer(
    () => ({ status: 404, body: SECRETS.notificationToken }),
    async (receiver) => {
      const url = `${receiver.url}/api/webhooks/1/${SECRETS.notificationToken}?key=${SECRETS.notificationToken}`;
      const notifications = { targets: [{ type: 'discord', url }] };
      const simulated = simulator({
        bypassLocalAuth: false,
        swarm: swarm({ kind: 'constant', bps: 4 * MIB }),
      });
      await withBench(async (bench, _, qbittorrentPort) => {
        await bench.configure({
          qbittorrentPort,
          logging: { level: 'DEBUG', file: './q.log' },
          notifications,
        });
        const { stdout, stderr } = await liveThroughMuch(bench, qbittorrentPort, notifications);
        const file = await readFile(path.join(bench.folder, 'q.log'), 'utf8');
        assertNoSecrets(stdout + stderr + file);
        assert.is(file, stdout);
        assert.is(stderr, '');
        for (const line of stdout.trimEnd().split('\n')) {
          assert.not.match(line, UNRULY);
          assert.is.not(JSON.parse(line).msg, 'fake');
        }
        assert.ok(receiver.seen.length >= 2, 'the notifications were really sent');
      }, simulated);
    },
  );
});

test('cycles that change nothing leave nothing at INFO', async () => {
  await withBench(
    async (bench) => {
      const run = await bench.serve();
      await bench.health(200);
      const cycles = async () => Number(JSON.parse((await bench.get('/stats')).text).allocation_cycles);
      const pass = async (count: number) => {
        const before = await cycles();
        const arePast = async () => ((await cycles()) >= before + count ? true : undefined);
        await waitFor(`${count} more cycles`, 30_000, arePast);
      };
      // The first ones set standby limits.
      await pass(2);
      const linesBefore = run.stdout.split('\n').length;
      await pass(4);
      assert.is(run.stdout.split('\n').length, linesBefore, run.stdout);
      await run.stop();
    },
    simulator({ swarm: swarm({ kind: 'none' }) }),
  );
});

test('a target that hangs delays neither the cycles nor the stop', async () => {
  await withServer(
    () => ({ hang: 'before-answer' }),
    async (receiver) => {
      await withBench(async (bench, _, qbittorrentPort) => {
        const targets = [{ type: 'webhook', url: receiver.url }];
        await bench.configure({ qbittorrentPort, notifications: { targets, timeout: 60 } });
        const run = await bench.serve();
        await bench.health(200);
        // With nothing managed a rollback does nothing, and no message is sent.
        await run.says(/changed \d+ limits? in/);
        assert.is(await post(bench, '/rollback', { confirm: 'true', reason: 'a test' }), 200);
        await waitFor('the message to be under way', 30_000, async () => receiver.seen[0]);
        assert.is(await post(bench, '/resume', {}), 200);
        await bench.health(200);
        const { code, ms } = await run.stop();
        assert.is(code, 0);
        assert.ok(ms < 2_000, `${ms} ms`);
      });
    },
  );
});

test('the metrics of a run are what Prometheus takes, and count from its start', async () => {
  await withBench(async (bench) => {
    const run = await bench.serve();
    await bench.health(200);
    await run.says(/changed \d+ limits? in/);
    const families = parseExposition((await bench.get('/metrics')).text);
    const sum = (name: string) =>
      (families.get(name)?.samples ?? []).reduce((total, { value }) => total + value, 0);
    assert.ok(sum('qguardarr_writes_total') >= 1);
    assert.ok(sum('qguardarr_cycles_total') >= 1);
    const synced = families.get('qguardarr_journal_fsync_duration_seconds')?.samples.at(-1)?.value;
    assert.ok(Number(synced) >= 1, 'the journal was synced before the first write');
    await run.stop();
  });
});

test.run();
