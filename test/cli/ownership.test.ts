import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { client, leaveAllLimited, OWN } from './limited-client.ts';
import { limitsOf, withBench } from './support.ts';

const test = suite('ownership on the command line');

test('the first originals are restored by choice, whatever was set by hand later', () =>
  withBench(async (bench, simulated) => {
    const run = await bench.serve();
    await waitFor('limits', 10_000, async () => (limitsOf(simulated).a === 0 ? undefined : true));
    const hashes = [...simulated.swarm.torrents.keys()];
    // So low that the service writes no limit over it.
    simulated.swarm.setUploadLimit(hashes, 16 * 1024, Date.now());
    await bench.health(200, /./);
    await run.says(/6 limits were changed from outside/);
    run.kill('SIGKILL');
    await run.ended;
    const restored = await bench.command(['rollback', '--confirm', '--first-originals']);
    assert.is(restored.code, 0, restored.stderr);
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
