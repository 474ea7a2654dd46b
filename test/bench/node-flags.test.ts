import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { howItIsStarted } from './node-flags.ts';

const test = suite("node's flags");

test('start script, image, systemd unit and package start node with the flags that every node knows, and the same environment', async () => {
  const { common: flags, environment } = await howItIsStarted();
  assert.ok(flags.length > 0 && Object.keys(environment).length > 0);
  const image = await readFile('Dockerfile', 'utf8');
  const entrypoint = await readFile('scripts/entrypoint.sh', 'utf8');
  assert.ok(entrypoint.includes(`node ${flags.join(' ')} "$here/dist/main.js"`));
  const unit = await readFile('config/deploy/qguardarr.service', 'utf8');
  assert.ok(unit.includes(`/usr/bin/node ${flags.join(' ')} /opt/qguardarr/dist/main.js`));
  const pairs = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  for (const pair of pairs) {
    assert.ok(image.includes(` ${pair} `), pair);
    assert.ok(unit.includes(`\nEnvironment=${pair}\n`), pair);
  }
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'));
  assert.is(scripts.start, `${pairs.join(' ')} node ${flags.join(' ')} dist/main.js run`);
});

test('this node knows the flags', async () => {
  const { flags } = await howItIsStarted();
  const { status, stderr } = spawnSync(process.execPath, [...flags, '--version']);
  assert.is(status, 0, String(stderr));
});

test.run();
