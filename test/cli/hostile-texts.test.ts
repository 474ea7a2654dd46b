/** What hostile clients, services, arguments and configs send to the terminal of whoever runs a command. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Reply, type SeenRequest, withServer } from '../support/scripted-server.ts';
import { type Outcome, withBench } from './support.ts';

const test = suite('the command line shows control characters of others as escapes');
const HOSTILE = 'x\u001b[2J\u001b]0;owned\u0007\u009b31m\r\u202E\u2028';
const UNRULY = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

function assertTame({ stdout, stderr }: Outcome, shown = /\\u001b\[2J/): void {
  assert.not.match((stdout + stderr).replaceAll('\n', ''), UNRULY);
  assert.match(stdout + stderr, shown, stdout + stderr);
}

/** @param version what it answers instead of one */
const qbittorrent =
  (version: string) =>
  ({ path }: SeenRequest): Reply => {
    if (path.endsWith('/auth/login')) return { body: 'Ok.', headers: { 'set-cookie': 'SID=1; path=/' } };
    return { body: path.endsWith('/app/webapiVersion') ? '1.0' : version };
  };

test('of a client, in its version and in its answers', async () => {
  await withBench(async (bench) => {
    for (const script of [qbittorrent(`v4.0${HOSTILE}`), qbittorrent(HOSTILE)]) {
      await withServer(script, async (server) => {
        await bench.configure({ qbittorrentPort: Number(new URL(server.url).port) });
        for (const command of ['doctor', 'preview']) {
          assertTame(await bench.command([command]));
        }
      });
    }
  });
});

const tracker = {
  state: HOSTILE,
  usage_bps: 1,
  cap_bps: 1,
  effective_cap_bps: 1,
  borrowed_bps: 0,
  lent_bps: 0,
};
const STATE = {
  service: {
    state: HOSTILE,
    since: HOSTILE,
    rollout_percentage: 5,
    rollout: null,
    rollout_last_change: { at: HOSTILE, what: HOSTILE, problem: HOSTILE },
    rollout_problem: HOSTILE,
    dry_run: false,
  },
  link: { state: HOSTILE, since: HOSTILE, problem: HOSTILE, qbittorrent_version: HOSTILE },
  cycle: { state: HOSTILE, number: 1, problem: HOSTILE },
  trackers: { [HOSTILE]: tracker },
  held_torrents: 1,
};

test('of what answers in place of the service, as a table, as JSON and as an error', async () => {
  await withBench(async (bench) => {
    await withServer(
      () => ({ body: JSON.stringify(STATE) }),
      async (server) => {
        assertTame(await bench.command(['state', '--url', server.url]));
        assertTame(await bench.command(['rollout', '--url', server.url]));
        const { stdout } = await bench.command(['state', '--json', '--url', server.url]);
        assert.not.match(stdout.replaceAll('\n', ''), UNRULY);
        assert.equal(JSON.parse(stdout), STATE);
        server.script = () => ({ status: 409, body: JSON.stringify({ message: HOSTILE }) });
        assertTame(await bench.command(['state', '--url', server.url]));
      },
    );
  });
});

test('of arguments, and of a config and its path', async () => {
  await withBench(async (bench) => {
    for (const args of [
      ['match', `https://tracker.example/${HOSTILE}`],
      ['rollback', '--tracker', HOSTILE],
      ['rollback', '--hash', HOSTILE],
      ['rollout', 'start', HOSTILE],
      ['check', '--config', HOSTILE],
      ['state', '--url', HOSTILE],
      ['import', HOSTILE],
      ['originals', 'import', HOSTILE],
      [HOSTILE],
      [`--${HOSTILE}`],
    ]) {
      assertTame(await bench.command(args));
    }
    await bench.write('q.yaml', `"a\\e[2J": "\\e[2J"\nqbittorrent: {host: "\\e[2J", port: "\\e[2J"}\n`);
    assertTame(await bench.command(['check']), /port/);
  });
});

test.run();
