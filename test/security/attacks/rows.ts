/** Crafted rows and databases for `qguardarr import`: without an end, nested, of too many torrents, or no rows. */
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Attack, Damage } from '../attack.ts';
import { runFed } from '../command.ts';

/** A command without any work takes 60 MiB. */
const MAX_MIB = 400;
const MAX_MS = 45_000;

/** Rows of ever new torrents without an end, by awk. */
const EVER_NEW = `awk 'BEGIN { for (id = 1; ; id++) printf "{\\"id\\":%d,\\"torrent_hash\\":\\"%040d\\",\\"old_limit\\":-1,\\"new_limit\\":5,\\"tracker_id\\":\\"a\\",\\"timestamp\\":1}\\n", id, id }'`;

/** A header, and then a first page that names itself as its own child: a reader that follows it does not end. */
function selfReferringDatabase(): Buffer {
  const page = Buffer.alloc(4096);
  page.write('SQLite format 3\0', 'latin1');
  page.writeUInt16BE(4096, 16);
  page[100] = 5;
  page.writeUInt32BE(1, 108);
  return page;
}

export const rowAttacks: readonly Attack[] = [
  {
    name: 'crafted rows and databases for the import, on standard input',
    async run(victim) {
      const damage = new Damage();
      await writeFile(path.join(victim.folder, 'crafted.db'), selfReferringDatabase());
      const feeds: readonly (readonly [string, RegExp])[] = [
        ['cat /dev/zero', /line 1: it is longer than 64 KiB/],
        ["yes ''", /more than 10000000 lines/],
        [EVER_NEW, /line 200001: there are more than 200000 torrents/],
        ["printf '['; yes '[' | head -c 60000 | tr -d '\\n'", /line 1: it is not one whole row/],
        ['yes \'{"id":1}\' ', /line 1: 'timestamp' should be/],
        ['cat crafted.db', /it is an SQLite database/],
        ['true', /there are no rows in it/],
      ];
      const before = (await readdir(path.join(victim.folder, 'data'))).sort();
      let worstMib = 0;
      let worstMs = 0;
      for (const [feeder, message] of feeds) {
        const startedAt = performance.now();
        const { code, output, peakMib } = await runFed(victim.folder, feeder, [
          'import',
          '--confirm',
          '-c',
          victim.configFile,
        ]);
        worstMs = Math.max(worstMs, performance.now() - startedAt);
        worstMib = Math.max(worstMib, peakMib ?? Number.POSITIVE_INFINITY);
        damage.expect(code === 1, `${feeder} ended with ${code}`);
        damage.expect(message.test(output), `${feeder} said ${output.slice(0, 300)}`);
      }
      damage.expect(worstMib < MAX_MIB, `took ${Math.round(worstMib)} MiB`);
      damage.expect(worstMs < MAX_MS, `took ${Math.round(worstMs)} ms`);
      const after = (await readdir(path.join(victim.folder, 'data'))).sort();
      damage.expect(after.join() === before.join(), `the data folder has ${after.join()}`);
      return damage.verdict(
        `refused with the line, in ${Math.ceil(worstMs / 1000)} s and ${Math.ceil(worstMib)} MiB at most`,
      );
    },
  },
];
