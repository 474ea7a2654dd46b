/** Forwarding to cross-seed by the service as its users run it, and what the doctor says of it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { crossSeed } from '../support/cross-seed-server.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { withServer } from '../support/scripted-server.ts';
import { SECRETS, withBench } from './support.ts';

const test = suite('cross-seed, on the command line');
const HASH = '0123456789abcdef0123456789abcdef01234567';

test('a finished torrent reaches cross-seed, with the key from a file; the webhook is answered before', async () => {
  await withServer(crossSeed(SECRETS.crossSeedKey), async (server) => {
    await withBench(async (bench, _, qbittorrentPort) => {
      await bench.write('key', `${SECRETS.crossSeedKey}\n`);
      await bench.configure({
        qbittorrentPort,
        crossSeed: { enabled: true, url: server.url, api_key: '' },
      });
      let isAway = true;
      const { script } = server;
      server.script = (request) => (isAway ? { hang: 'before-answer' } : script(request));
      const service = await bench.serve({
        QGUARDARR__CROSS_SEED__API_KEY_FILE: 'key',
        QGUARDARR__CROSS_SEED__TIMEOUT: '1',
      });
      const response = await fetch(`http://127.0.0.1:${bench.port}/webhook`, {
        method: 'POST',
        body: new URLSearchParams({ event: 'complete', hash: HASH, name: 'a', category: 'b' }),
      });
      assert.is(response.status, 202);
      await service.says(/cross-seed can't be told of 1 torrent yet \(no answer within 1 s\)/);
      isAway = false;
      await service.says('cross-seed takes torrents again');
      assert.is(server.seen.at(-1)?.body, `{"infoHash":"${HASH}"}`);
      const { text } = await bench.get('/metrics');
      assert.match(text, /qguardarr_cross_seed_forwards_total\{outcome="sent"\} 1/);
      assert.is((await service.stop()).code, 0);
    });
  });
});

test('what is left when the service stops is logged, and holds the stop up by nothing', async () => {
  await withServer(
    () => ({ hang: 'before-answer' }),
    async (server) => {
      await withBench(async (bench, _, qbittorrentPort) => {
        await bench.configure({ qbittorrentPort, crossSeed: { enabled: true, url: server.url } });
        const service = await bench.serve();
        await fetch(`http://127.0.0.1:${bench.port}/webhook`, {
          method: 'POST',
          body: new URLSearchParams({ event: 'complete', hash: HASH }),
        });
        await waitFor('the attempt', 30_000, async () => server.seen.length > 0 || undefined);
        const { code, ms, stderr, stdout } = await service.stop();
        assert.is(code, 0);
        assert.ok(ms < 4_000, `${ms} ms`);
        assert.match(stdout + stderr, /stopped with 1 completed torrents? not forwarded to cross-seed/);
      });
    },
  );
});

test('the doctor looks at cross-seed too', async () => {
  await withServer(crossSeed('another key'), async (server) => {
    await withBench(async (bench, _, qbittorrentPort) => {
      await bench.configure({ qbittorrentPort, crossSeed: { enabled: true, url: server.url } });
      const { code, stdout } = await bench.command(['doctor']);
      assert.is(code, 1);
      assert.match(stdout, /warning: cross-seed refuses cross_seed\.api_key/);
      assert.match(stdout, /warning: .*runs no program when a torrent is finished\n.*--install-webhook/);
    });
  });
});

test.run();
