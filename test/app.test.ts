import { mkdir, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type App, type AppOptions, startApp } from '../src/app.ts';
import { type LoadResult, loadConfig } from '../src/config/load.ts';
import { ListenError } from '../src/http/errors.ts';
import { JournalError } from '../src/journal/errors.ts';
import { configYaml, simulator } from './cli/support.ts';
import { freePorts } from './support/real-swarm/free-ports.ts';
import { waitFor } from './support/real-swarm/wait-for.ts';

interface Context {
  folder: string;
  port: number;
  /** Where nothing listens unless the test starts something there. */
  qbittorrentPort: number;
  apps: App[];
}

const test = suite<Context>('the app');

test.before.each(async (context) => {
  context.folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-app-'));
  [context.port = 0, context.qbittorrentPort = 0] = await freePorts(2);
  context.apps = [];
});
test.after.each(async ({ folder, apps }) => {
  await Promise.all(apps.map((app) => app.stop()));
  await rm(folder, { recursive: true, force: true });
});

function load(
  context: Context,
  choices: Partial<Parameters<typeof configYaml>[0]> = {},
): Promise<LoadResult> {
  const { folder, port, qbittorrentPort } = context;
  const yaml = configYaml({
    qbittorrentPort,
    port,
    rollback: { database_path: path.join(folder, 'journal.db') },
    logging: { level: 'ERROR', file: path.join(folder, 'q.log') },
    ...choices,
  });
  return loadConfig({ path: 'q.yaml', env: {}, dotenvPath: null, readFile: async () => yaml });
}

async function start(
  context: Context,
  choices: Partial<Parameters<typeof configYaml>[0]> = {},
  options: Partial<AppOptions> = {},
): Promise<App> {
  const loaded = await load(context, choices);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  const app = await startApp({
    config: loaded.config,
    warnings: loaded.warnings,
    loadConfig: () => load(context, choices),
    configPath: null,
    version: 'test',
    webFolder: null,
    terminal: false,
    ...options,
  });
  context.apps.push(app);
  return app;
}

async function refusal(starting: Promise<App>): Promise<unknown> {
  return starting.then(
    () => null,
    (error: unknown) => error,
  );
}

/** Files of the folder that this process has open. */
async function openFiles(folder: string): Promise<string[]> {
  const links = (await readdir('/proc/self/fd')).map((fd) =>
    readlink(`/proc/self/fd/${fd}`).catch(() => 'closed meanwhile'),
  );
  return (await Promise.all(links)).filter((target) => target.startsWith(folder));
}

async function listening(port: number): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

test('a port in use leaves nothing open: no lock, no file', async (context) => {
  const squatter = await listening(context.port);
  assert.instance(await refusal(start(context)), ListenError);
  assert.equal(await openFiles(context.folder), []);
  assert.not.ok((await readdir(context.folder)).includes('journal.db.lock'));
  await new Promise((resolve) => squatter.close(resolve));
  const app = await start(context);
  assert.is(app.address.port, context.port);
});

test('a journal of another leaves nothing of ours open, and the other as it was', async (context) => {
  await start(context);
  const [port = 0] = await freePorts(1);
  const before = await openFiles(context.folder);
  const error = await refusal(start({ ...context, port }));
  assert.instance(error, JournalError);
  assert.is(error instanceof JournalError ? error.kind : '', 'locked');
  assert.equal(await openFiles(context.folder), before);
  assert.is((await fetch(`http://127.0.0.1:${context.port}/ping`)).status, 200);
});

test('a certificate that cannot be read leaves nothing open', async (context) => {
  const error = await refusal(start(context, { qbittorrent: { tls_ca_file: '/nowhere/ca.pem' } }));
  assert.is((error as NodeJS.ErrnoException).path, '/nowhere/ca.pem');
  assert.equal(await openFiles(context.folder), []);
  assert.not.ok((await readdir(context.folder)).includes('journal.db.lock'));
});

test('a stop takes no new request, answers those under way, and then lets the journal go', async (context) => {
  const app = await start(context);
  const body = 'event=add';
  const socket = connect(context.port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(
    `POST /webhook HTTP/1.1\r\nHost: localhost:${context.port}\r\nContent-Length: ${body.length}\r\n` +
      'Content-Type: application/x-www-form-urlencoded\r\n\r\nevent',
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  const stopped = app.stop();
  const refused = await new Promise((resolve) => {
    connect(context.port, '127.0.0.1')
      .once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      .once('connect', () => resolve('connected'));
  });
  assert.is(refused, 'ECONNREFUSED');
  assert.ok((await readdir(context.folder)).includes('journal.db.lock'), 'the journal is held still');
  socket.write(body.slice('event'.length));
  await closed;
  assert.match(answer, /^HTTP\/1\.1 (202|400)/);
  await stopped;
  assert.equal(await openFiles(context.folder), []);
  assert.not.ok((await readdir(context.folder)).includes('journal.db.lock'));
});

test('it stops at once while qBittorrent takes connections and never answers', async (context) => {
  const silent = await listening(context.qbittorrentPort);
  const connected = new Promise((resolve) => silent.once('connection', resolve));
  const app = await start(context);
  await connected;
  const startedAt = performance.now();
  await app.stop();
  assert.ok(performance.now() - startedAt < 1_000);
  await new Promise((resolve) => silent.close(resolve));
});

test('a request that outlasts its grace is cut off', async (context) => {
  const app = await start(context);
  const socket = connect(context.port, '127.0.0.1');
  socket.write(`POST /webhook HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n`);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const startedAt = performance.now();
  await app.stop();
  await closed;
  assert.ok(performance.now() - startedAt < 2_500);
});

test('a key taken out of the config allows no request after the reload; the kept one does', async (context) => {
  const fromOutside = async (key: string) =>
    (
      await fetch(`http://127.0.0.1:${context.port}/state`, {
        headers: { 'x-api-key': key, 'x-forwarded-for': '203.0.113.9' },
      })
    ).status;
  let key = 'the-first-key-of-all';
  const app = await start(
    context,
    { auth: { api_key: key } },
    {
      loadConfig: () => load(context, { auth: { api_key: key } }),
    },
  );
  assert.is(await fromOutside('the-first-key-of-all'), 200);
  assert.is(await fromOutside('the-other-key-after-it'), 401);
  key = 'the-other-key-after-it';
  await app.reload();
  assert.is(await fromOutside('the-first-key-of-all'), 401);
  assert.is(await fromOutside('the-other-key-after-it'), 200);
  key = '';
  await app.reload();
  const kept = await waitFor('a key of its own', 30_000, () =>
    readFile(path.join(context.folder, 'api-key'), 'utf8'),
  );
  assert.is(await fromOutside('the-first-key-of-all'), 401);
  await waitFor('the key to be in force', 30_000, async () =>
    (await fromOutside(kept.trim())) === 200 ? true : undefined,
  );
});

test('nor does it when no other can be made', async (context) => {
  let key = 'the-first-key-of-all';
  const app = await start(
    context,
    { auth: { api_key: key } },
    { loadConfig: () => load(context, { auth: { api_key: key } }) },
  );
  await mkdir(path.join(context.folder, 'api-key'));
  key = '';
  await app.reload();
  const log = () => readFile(path.join(context.folder, 'q.log'), 'utf8');
  await waitFor('the log to say so', 30_000, async () =>
    (await log()).includes("The API key can't be kept") ? true : undefined,
  );
  const headers = { 'x-api-key': 'the-first-key-of-all', 'x-forwarded-for': '203.0.113.9' };
  assert.is((await fetch(`http://127.0.0.1:${context.port}/state`, { headers })).status, 401);
});

test('without the key of the webhook it starts, and new secrets and log settings take effect', async (context) => {
  await mkdir(path.join(context.folder, 'api-key.webhook'));
  let key = 'the-first-key-of-all';
  const app = await start(
    context,
    { auth: { api_key: key } },
    { loadConfig: () => load(context, { auth: { api_key: key } }) },
  );
  const log = () => readFile(path.join(context.folder, 'q.log'), 'utf8').catch(() => '');
  assert.is((await fetch(`http://127.0.0.1:${context.port}/ping`)).status, 200);
  await waitFor('the log to say so', 30_000, async () =>
    /api-key\.webhook \(EISDIR\)/.test(await log()) ? true : undefined,
  );
  key = 'the-other-key-after-it';
  await app.reload();
  await waitFor('the other key to be starred', 30_000, async () => {
    app.log.logger.error('said: the-other-key-after-it');
    return (await log()).includes('said: ***') ? true : undefined;
  });
});

test('a reload that is refused leaves all as it is', async (context) => {
  const app = await start(
    context,
    {},
    {
      loadConfig: async () => ({ ok: false, errors: [{ path: 'trackers', message: 'is missing' }] }),
    },
  );
  await app.reload();
  assert.match(app.operations.health().problems.join('\n'), /config not reloaded: trackers: is missing/);
  assert.is((await fetch(`http://127.0.0.1:${context.port}/ping`)).status, 200);
});

test('a loader that fails is reported in the log and ends nothing', async (context) => {
  const app = await start(context, {}, { loadConfig: () => Promise.reject(new Error('disk on fire')) });
  await app.reload();
  await app.stop();
  assert.match(
    await readFile(path.join(context.folder, 'q.log'), 'utf8'),
    /disk on fire.*the config could not be reloaded/,
  );
});

test('it enforces: limits are written under the cap', async (context) => {
  const simulated = simulator({ port: context.qbittorrentPort });
  await simulated.start();
  const app = await start(context);
  await waitFor('a limit', 30_000, async () =>
    [...simulated.swarm.torrents.values()].some(
      (torrent) => torrent.limit.wire > 0 && torrent.spec.name === 'one',
    )
      ? true
      : undefined,
  );
  await app.stop();
  await simulated.stop();
});

test.run();
