import { readdir, readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Field, type Shape } from '../../src/config/codecs.ts';
import { loadConfig } from '../../src/config/load.ts';
import { NOTIFICATION_KINDS } from '../../src/config/notifications.ts';
import { readRolloutPlan } from '../../src/config/rollout-plan.ts';
import { configCodec, rolloutSection } from '../../src/config/schema.ts';
import { readYaml } from '../../src/config/yaml-file.ts';
import { loadValid, MINIMAL } from './support/loading.ts';

const FOLDER = new URL('../../config/', import.meta.url);
const ENV = { QBIT_USERNAME: 'admin', QBIT_PASSWORD: 'secret' };
const examples = (await readdir(FOLDER)).filter((name) => name.endsWith('.example.yaml')).sort();

const test = suite('example configs');

test('there are the full, the minimal and the rollout example', () => {
  assert.equal(examples, ['minimal.example.yaml', 'qguardarr.example.yaml', 'rollout.example.yaml']);
});

for (const name of examples.filter((one) => one !== 'rollout.example.yaml')) {
  test(`${name} is valid, with nothing to warn of`, async () => {
    const path = new URL(name, FOLDER).pathname;
    const result = await loadConfig({ path, env: ENV, dotenvPath: null });
    assert.ok(result.ok, JSON.stringify(result));
    assert.equal(result.ok && result.warnings, []);
  });
}

function keysOf(shape: Shape, path: string): string[] {
  if (shape.kind === 'value') return [path];
  if (shape.kind === 'list') return shape.item.kind === 'section' ? keysOf(shape.item, `${path}[]`) : [path];
  return [...shape.keys].flatMap(([key, inner]) => keysOf(inner, path === '' ? key : `${path}.${key}`));
}

function keysIn(value: unknown, path: string): string[] {
  if (Array.isArray(value) && value.length > 0) return value.flatMap((item) => keysIn(item, `${path}[]`));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => keysIn(inner, path === '' ? key : `${path}.${key}`));
}

test('the full example names every key there is', async () => {
  const { tree } = readYaml(await readFile(new URL('qguardarr.example.yaml', FOLDER), 'utf8'));
  assert.instance(configCodec, Field);
  const named = new Set(keysIn(tree, ''));
  const missing = keysOf(configCodec.shape, '').filter((key) => !named.has(key));
  // These are empty lists there; the rollout example has steps, and comments show keys and targets.
  assert.equal(missing, [
    'auth.keys[].name',
    'auth.keys[].scope',
    'auth.keys[].key',
    'rollout.steps[].percentage',
    'rollout.steps[].hold',
    'notifications.targets[].type',
    'notifications.targets[].url',
    'notifications.targets[].events',
  ]);
});

test('the full example shows the defaults', async () => {
  const text = await readFile(new URL('qguardarr.example.yaml', FOLDER), 'utf8');
  const { trackers: _, qbittorrent, ...rest } = await loadValid(text, { env: ENV });
  const { trackers: __, qbittorrent: plain, ...defaults } = await loadValid(MINIMAL);
  assert.equal(rest, defaults);
  assert.equal({ ...qbittorrent, username: '', password: '' }, plain);
});

test('the targets that the full example shows in a comment are valid, with every kind of event', async () => {
  const text = await readFile(new URL('qguardarr.example.yaml', FOLDER), 'utf8');
  const shown = [...text.matchAll(/^ {4}# (- \{ type: .*\})$/gm)].map(([, line]) => `    ${line}`);
  assert.is(shown.length, 3);
  const config = await loadValid(text.replace('  targets: []', `  targets:\n${shown.join('\n')}\n`), {
    env: { ...ENV, DISCORD_WEBHOOK_URL: 'https://discord.example/x' },
  });
  assert.equal(
    config.notifications.targets.map(({ type }) => type),
    ['discord', 'apprise', 'webhook'],
  );
  for (const kind of NOTIFICATION_KINDS) assert.match(text, new RegExp(`^ {2}# +${kind} `, 'm'));
});

test('the rollout example has growing steps up to all torrents', async () => {
  const text = await readFile(new URL('rollout.example.yaml', FOLDER), 'utf8');
  const read = readRolloutPlan(text);
  assert.ok(read.ok, JSON.stringify(read));
  const percentages = read.ok ? read.plan.steps.map(({ percentage }) => percentage) : [];
  assert.equal(
    percentages,
    [...percentages].sort((a, b) => a - b),
  );
  assert.is(percentages.at(-1), 100);
});

test('the rollout example names every key of a plan, and the defaults', async () => {
  const text = await readFile(new URL('rollout.example.yaml', FOLDER), 'utf8');
  const named = new Set(keysIn(readYaml(text).tree, ''));
  assert.equal(
    keysOf(rolloutSection.shape, '').filter((key) => !named.has(key)),
    [],
  );
  const { rollout } = await loadValid(MINIMAL);
  const read = readRolloutPlan(text);
  assert.equal(read.ok && { ...read.plan, steps: [] }, rollout);
});

test.run();
