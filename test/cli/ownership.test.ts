import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { client, leaveAllLimited, NAMES, OWN } from './limited-client.ts';
import { type Bench, limitsOf, withBench } from './support.ts';

const test = suite('ownership on the command line');

const LATER = 16 * 1024;

const LATER_LIMITS = Object.fromEntries(NAMES.map((name) => [name, LATER]));

/** The user has set another limit on every torrent, which the service saw before it was killed. */
async function leaveLaterLimits(bench: Bench, simulated: Simulator): Promise<void> {
  const run = await bench.serve();
  await waitFor('limits', 30_000, async () => {
    const limits = limitsOf(simulated);
    return NAMES.every((name) => limits[name] !== OWN[name]) ? true : undefined;
  });
  // A write of the service's that comes right after would undo it unseen.
  let before = '';
  let asks = 0;
  await waitFor('limits that stay', 30_000, async () => {
    const limits = JSON.stringify(limitsOf(simulated));
    asks = limits === before ? asks + 1 : 0;
    before = limits;
    return asks >= 10 ? true : undefined;
  });
  // So low that the service writes no limit over it.
  setAll(simulated, LATER);
  await bench.health(200, /./);
  await run.says(/6 limits were changed from outside/);
  run.kill('SIGKILL');
  await run.ended;
}

function setAll(simulated: Simulator, wire: number): void {
  simulated.swarm.setUploadLimit([...simulated.swarm.torrents.keys()], wire, Date.now());
}

test('the first originals are restored by choice, whatever was set by hand later', () =>
  withBench(async (bench, simulated) => {
    await leaveLaterLimits(bench, simulated);
    // The service has not seen this one.
    const [hash = ''] = simulated.swarm.torrents.keys();
    simulated.swarm.setUploadLimit([hash], 999_000, Date.now());
    const restored = await bench.command(['rollback', '--confirm', '--first-originals']);
    assert.is(restored.code, 0, restored.stderr);
    assert.equal(limitsOf(simulated), OWN);
    const journal = await readFile(path.join(bench.folder, 'data/journal.db'), 'utf8');
    assert.match(journal, '"originals":"first"');
  }, client('5.1.0')));

test('a rollback to the first originals that could not reach qBittorrent is finished as such by a later run', async () => {
  const simulated = client('5.1.0', (await freePorts(1))[0]);
  await withBench(async (bench) => {
    await leaveLaterLimits(bench, simulated);
    await simulated.stop();
    const outcome = await bench.command(['rollback', '--confirm', '--first-originals']);
    assert.is(outcome.code, 4);
    assert.match(outcome.stdout, /the rollback is remembered/);
    // Neither what the service saw nor what it did not see may be taken for the original.
    const [hash = ''] = simulated.swarm.torrents.keys();
    simulated.swarm.setUploadLimit([hash], 999_000, Date.now());

    await simulated.start();
    await bench.serve();
    await bench.health(200, /rolled back: no limit is enforced/);
    assert.equal(limitsOf(simulated), OWN);
  }, simulated);
});

test('a rollback to the first originals of one torrent that could not reach qBittorrent is finished as such by the next command', async () => {
  const simulated = client('5.1.0', (await freePorts(1))[0]);
  await withBench(async (bench) => {
    await leaveLaterLimits(bench, simulated);
    const left = limitsOf(simulated);
    const [hash = ''] = simulated.swarm.torrents.keys();
    await simulated.stop();
    const outcome = await bench.command(['rollback', '--confirm', '--first-originals', '--hash', hash]);
    assert.is(outcome.code, 4);
    simulated.swarm.setUploadLimit([hash], 999_000, Date.now());
    await simulated.start();
    const again = await bench.command(['rollback', '--confirm', '--hash', hash]);
    assert.is(again.code, 0, again.stderr);
    assert.equal(limitsOf(simulated), { ...left, a: 0 });
  }, simulated);
});

test('a rollback to the first originals also covers torrents that a rollback before gave a later limit', () =>
  withBench(async (bench, simulated) => {
    await leaveLaterLimits(bench, simulated);
    const plain = await bench.command(['rollback', '--confirm']);
    assert.is(plain.code, 0, plain.stderr);
    assert.equal(limitsOf(simulated), LATER_LIMITS);
    const [hash = ''] = simulated.swarm.torrents.keys();
    const one = await bench.command(['rollback', '--confirm', '--first-originals', '--hash', hash]);
    assert.is(one.code, 0, one.stderr);
    assert.match(one.stdout, 'restored before, to a limit set later than their first: 1 torrent');
    assert.equal(limitsOf(simulated), { ...LATER_LIMITS, a: 0 });

    await bench.serve();
    await bench.health(200, /rolled back: no limit is enforced/);
    const rest = await bench.command(['rollback', '--confirm', '--first-originals']);
    assert.is(rest.code, 0, rest.stderr);
    assert.equal(limitsOf(simulated), OWN);
  }, client('5.1.0')));

test('a rollback without a service is refused while another controller renews its marker, until it is taken over', () =>
  withBench(async (bench, simulated) => {
    const left = await leaveAllLimited(bench, simulated);
    const marker = simulated.clientData.get('qguardarr') as Record<string, unknown>;
    const other = { ...marker, journal: 'another', session: 'another', host: 'nas', state: 'live' };
    let counter = 1;
    const renewal = setInterval(() => {
      counter += 1;
      simulated.clientData.set('qguardarr', { ...other, counter });
    }, 500);
    simulated.clientData.set('qguardarr', { ...other, counter });
    const refused = await bench.command(['rollback', '--confirm']);
    assert.is(refused.code, 3);
    assert.match(refused.stderr, /not enforcing: another controller enforces this client: Qguardarr on nas/);
    assert.equal(limitsOf(simulated), left);

    const asked = await bench.command(['take-ownership']);
    assert.is(asked.code, 2);
    for (const command of [['take-ownership'], ['originals', 'adopt', '--unlimited']]) {
      const idle = await bench.command([...command, '--confirm']);
      assert.is.not(idle.code, 0, command.join(' '));
      assert.match(idle.stderr, /another controller enforces this client: Qguardarr on nas/);
    }
    clearInterval(renewal);
    const taken = await bench.command(['take-ownership', '--confirm', '--json']);
    assert.is(taken.code, 0, taken.stderr);
    assert.is(JSON.parse(taken.stdout).status, 'taken');
    const restored = await bench.command(['rollback', '--confirm']);
    assert.is(restored.code, 0, restored.stderr);
    assert.equal(limitsOf(simulated), OWN);
    assert.is(simulated.clientData.has('qguardarr'), false, 'no marker is left behind');
    const journal = await readFile(path.join(bench.folder, 'data/journal.db'), 'utf8');
    assert.match(journal, '"kind":"restored"');
  }, client('5.3.0')));

test.run();
