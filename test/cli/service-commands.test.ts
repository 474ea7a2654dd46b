/** The commands that talk to the running service. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertOneLine, type Outcome, withBench } from './support.ts';

const test = suite('state and rollout on the command line');

const PLAN = `
steps:
  - { percentage: 20, hold: 3600 }
  - { percentage: 60, hold: 7200 }
  - { percentage: 100, hold: 90 }
on_gate_failure: rollback
`;

function json(outcome: Outcome): Record<string, unknown> {
  assert.is(outcome.code, 0, outcome.stderr);
  return JSON.parse(outcome.stdout);
}

test('state shows the machines and each tracker, as a table and as JSON', async () => {
  await withBench(async (bench) => {
    await bench.serve();
    await bench.health(200);
    const { code, stdout, stderr } = await bench.command(['state']);
    assert.is(code, 0, stderr);
    assert.match(stdout, /^service {2}steady, since \d{4}-/m);
    assert.match(stdout, /^link {5}online, since .*, qBittorrent v5\.1\.0$/m);
    assert.match(stdout, /^rollout {2}100 %$/m);
    assert.match(stdout, /^TRACKER\s+STATE\s+USAGE\s+CAP\s+IN FORCE\s+BORROWED\s+LENT$/m);
    assert.match(stdout, /^example\s+\w+\s+.*\s2\.00 MiB\/s/m);
    assert.match(stdout, /^default\s+unlimited\s/m);
    assert.not.ok(stdout.includes('\x1b'), 'no colours where there is no terminal');
    const answer = json(await bench.command(['state', '--json']));
    assert.is((answer.service as { state: string }).state, 'steady');
  });
});

test('rollout starts a plan from a file, shows it, steers it, and it is there after a restart', async () => {
  await withBench(async (bench) => {
    await bench.write('plan.yaml', PLAN);
    const first = await bench.serve();
    await bench.health(200);
    const started = await bench.command(['rollout', 'start', 'plan.yaml']);
    assert.is(started.code, 0, started.stderr);
    assert.match(started.stdout, /^service {2}rollingOut\.advancing$/m);
    assert.match(started.stdout, /^rollout {2}20 %, step 1 of 3, not before /m);
    assert.match(
      started.stdout,
      /^STEP\s+TORRENTS\s+FOR\n {2}>\s+20 %\s+1 h\n\s+60 %\s+2 h\n\s+100 %\s+90 s$/m,
    );
    assert.match(started.stdout, /^a gate that fails means: rollback$/m);
    assert.match((await bench.command(['rollout', 'advance'])).stdout, /60 %, step 2 of 3/);
    assert.match((await bench.command(['rollout', 'hold'])).stdout, /60 %, step 2 of 3, held/);
    assert.is((await first.stop()).code, 0);

    await bench.serve();
    await bench.health(200);
    assert.match((await bench.command(['rollout'])).stdout, /^rollout {2}60 %, step 2 of 3, held/m);
    const aborted = json(await bench.command(['rollout', 'abort', '--json']));
    assert.is(aborted.rollout_percentage, 100);
    assert.match((await bench.command(['rollout', '30'])).stdout, /^rollout {2}30 %$/m);
  });
});

test('a plan with errors is refused with their lines, and not posted', async () => {
  await withBench(async (bench) => {
    await bench.write(
      'plan.yaml',
      'steps:\n  - percentage: 0\n    hold: 60\n  - percentag: 5\n    hold: 60\n',
    );
    const wrong = await bench.command(['rollout', 'start', 'plan.yaml']);
    assert.is(wrong.code, 1);
    assert.match(wrong.stderr, /^qguardarr: plan\.yaml has 2 errors:$/m);
    assert.match(wrong.stderr, /steps\[0\]\.percentage \(line 2\): expected integer from 1 to 100, got 0/);
    assert.match(wrong.stderr, /steps\[1\]\.percentag \(line 4\): unknown key; did you mean "percentage"\?/);
    await bench.write('empty.yaml', 'on_gate_failure: hold\n');
    const none = await bench.command(['rollout', 'start', 'empty.yaml']);
    assert.match(none.stderr, /steps: is missing: expected a list/);
    const absent = await bench.command(['rollout', 'start', 'absent.yaml']);
    assert.is(absent.code, 1);
    assertOneLine(absent, /can't read absent\.yaml/);
  });
});

test('with no service, or one that refuses, it ends with 5 and one line that says what helps', async () => {
  await withBench(async (bench) => {
    for (const command of [['state'], ['rollout', '50']]) {
      const outcome = await bench.command(command);
      assert.is(outcome.code, 5);
      assertOneLine(
        outcome,
        /no service answers at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\): is it running\?/,
      );
    }
    await bench.serve();
    await bench.health(200);
    const refused = await bench.command(['rollout', 'hold']);
    assert.is(refused.code, 5);
    assertOneLine(refused, /the service refuses: No rollout is running/);
  });
});

test('an address that is none is refused before anything is sent', async () => {
  await withBench(async (bench) => {
    const outcome = await bench.command(['state', '--url', 'ftp://nas']);
    assert.is(outcome.code, 2);
    assertOneLine(outcome, /--url takes an http:\/\/ or https:\/\/ address, got "ftp:\/\/nas"/);
  });
});

test.run();
