import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { client, leaveAllLimited, NAMES, OWN } from './limited-client.ts';
import { assertOneLine, type Bench, limitsOf, withBench } from './support.ts';

const test = suite('originals on the command line');

const journalOf = (bench: Bench) => path.join(bench.folder, 'data/journal.db');

test('originals go from one journal to another through a file, and a rollback restores by them', () =>
  withBench(async (bench, simulated) => {
    await leaveAllLimited(bench, simulated);
    const exported = await bench.command(['originals', 'export', 'originals.json']);
    assert.is(exported.code, 0, exported.stderr);
    assert.match(exported.stdout, 'exported: 6 originals to originals.json');
    await rm(journalOf(bench));

    const asked = await bench.command(['originals', 'import', 'originals.json']);
    assert.is(asked.code, 2);
    assert.match(
      asked.stdout,
      /6 originals, 6 of them new to this journal\nnothing was changed: add --confirm/,
    );
    const imported = await bench.command(['originals', 'import', 'originals.json', '--confirm', '--json']);
    assert.equal(JSON.parse(imported.stdout), { status: 'imported', count: 6 });

    const restored = await bench.command(['rollback', '--confirm']);
    assert.is(restored.code, 0, restored.stderr);
    assert.equal(limitsOf(simulated), OWN);
  }, client('5.1.0')));

test('a file without originals is refused with the place of the mistake, and nothing is imported', () =>
  withBench(async (bench) => {
    for (const [text, problem] of [
      ['{', /expected JSON as written by/],
      ['{"originals":[{"hash":"x"}]}', /originals\.0\./],
      [
        `{"originals":[{"hash":"${'a'.repeat(40)}","original_limit":-1,"first_original_limit":0,"tracker_id":null,"first_seen_at":"x"}]}`,
        /expected limit in B\/s, 0 for none at originals\.0\.original_limit/,
      ],
    ] as const) {
      await writeFile(path.join(bench.folder, 'wrong.json'), text);
      const outcome = await bench.command(['originals', 'import', 'wrong.json', '--confirm']);
      assert.is(outcome.code, 1);
      assertOneLine(outcome, problem);
    }
    const missing = await bench.command(['originals', 'import', 'missing.json']);
    assert.is(missing.code, 1);
    assertOneLine(missing, /missing\.json can't be read/);
  }));

test('after its journal is lost, a running service enforces again once the originals are declared', () =>
  withBench(async (bench, simulated) => {
    const left = await leaveAllLimited(bench, simulated);
    await rm(journalOf(bench));
    const run = await bench.serve();
    await bench.health(
      200,
      /not enforcing: 6 torrents have upload limits that look like limits of Qguardarr/,
    );
    const doubtful = await bench.command(['originals', 'adopt', '--as-is', '--unlimited', '--confirm']);
    assert.is(doubtful.code, 2);
    const done = await bench.command(['originals', 'adopt', '--unlimited', '--confirm']);
    assert.is(done.code, 0, done.stderr);
    assert.match(done.stdout, /^6 torrents: they have no original limits/);
    await bench.health(200, /"status":"healthy"/);
    assert.is((await run.stop()).code, 0);
    const restored = await bench.command(['rollback', '--confirm']);
    assert.is(restored.code, 0, restored.stderr);
    assert.equal(limitsOf(simulated), Object.fromEntries(NAMES.map((name) => [name, 0])));
    assert.not.equal(left, OWN);
  }, client('5.1.0')));

test('without a service, limits are declared from what the client shows', () =>
  withBench(async (bench, simulated) => {
    const left = await leaveAllLimited(bench, simulated);
    await rm(journalOf(bench));
    const asked = await bench.command(['originals', 'adopt', '--as-is']);
    assert.is(asked.code, 2);
    assert.match(asked.stdout, /no known original: 6 torrents\nnothing was changed/);
    const done = await bench.command(['originals', 'adopt', '--as-is', '--confirm']);
    assert.is(done.code, 0, done.stderr);
    const run = await bench.serve();
    await bench.health(200, /"status":"healthy"/);
    assert.is((await run.stop()).code, 0);
    await bench.command(['rollback', '--confirm']);
    assert.equal(limitsOf(simulated), left);
  }, client('5.1.0')));

test.run();
