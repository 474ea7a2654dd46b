/** Moving over from the Python Qguardarr, with the limits that it left in a real qBittorrent. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { database, HASH, inFolder } from '../import/support.ts';
import { realSwarmSuite } from '../support/real-swarm/available.ts';
import { withSwarm } from '../support/real-swarm/swarm.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';

const KIB = 1024;
const test = realSwarmSuite('moving over');

/** By the histories in plain.db: what the tool left last, and what the torrent had before it came. */
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
      const file = await database('plain', folder, 'python.db');
      await standInFor(file, new Map(torrents.map(({ number, infoHash }) => [HASH(number), infoHash])));
      const service = swarm.service({ caps: { alpha: 200 * KIB } });
      await service.rewrite({});
      const taken = await service.command('import', '--database', path.resolve(file), '--confirm');
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

/** Puts the swarm's info-hashes in the place of the database's: they are of the same length. */
async function standInFor(file: string, hashes: ReadonlyMap<string, string>): Promise<void> {
  const bytes = await readFile(file);
  for (const [from, to] of hashes) {
    for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1))
      bytes.write(to, at, 'latin1');
  }
  await writeFile(file, bytes);
}

test.run();
