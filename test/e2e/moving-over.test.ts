/** Moving over from the Python Qguardarr, with the limits that it left in a real qBittorrent. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { asList, HASH, inFolder, rows } from '../import/support.ts';
import { realSwarmSuite } from '../support/real-swarm/available.ts';
import { withSwarm } from '../support/real-swarm/swarm.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';

const KIB = 1024;
const test = realSwarmSuite('moving over');

/** By the rows: what the tool left last, and what the torrent had before it came. */
const HISTORIES = [
  { number: 1, left: 450_000, own: 0 },
  { number: 2, left: 100_000, own: 307_200 },
  { number: 4, left: 250_000, own: 250_000 },
  { number: 5, left: 90_000, own: 260_000 },
] as const;

test('its limits are not taken for originals, and a rollback gives what torrents had before it came', () =>
  withSwarm(['alpha'], async (swarm) =>
    inFolder(async (folder) => {
      const torrents: ((typeof HISTORIES)[number] & { readonly infoHash: string })[] = [];
      for (const history of HISTORIES) {
        torrents.push({ ...history, infoHash: (await swarm.seed('alpha', history.left)).infoHash });
      }
      const file = path.join(folder, 'rows.json');
      const hashes = new Map<number, string>(torrents.map(({ number, infoHash }) => [number, infoHash]));
      await writeFile(file, asList(rows((number) => hashes.get(number) ?? HASH(number))));
      const service = swarm.service({ caps: { alpha: 200 * KIB } });
      await service.rewrite({});
      const taken = await service.command('import', file, '--confirm');
      assert.is(taken.code, 0, taken.output);
      assert.match(taken.output, /taken over: 7 originals/);

      await service.start();
      await waitFor('limits of ours', 30_000, async () => {
        const limits = await swarm.seeder.api.uploadLimits();
        return torrents.every(({ infoHash, left }) => limits.get(infoHash) !== left) || undefined;
      });
      await sleep(4_000);
      assert.not.match(service.output, /changed from outside/);
      await service.post('/rollback', { confirm: true, reason: 'end to end' });
      const limits = await swarm.seeder.api.uploadLimits();
      assert.equal(
        torrents.map(({ infoHash }) => limits.get(infoHash)),
        torrents.map(({ own }) => own),
      );
    }),
  ));

test.run();
