/** Records intents for ever and prints each once it is acknowledged, until it is killed. */
import { NedbJournal } from '../../src/journal/nedb-journal.ts';
import { change } from './support.ts';

const [file = '', firstText = '0'] = process.argv.slice(2);
const journal = new NedbJournal({ path: file, maxChanges: 40 });
await journal.open();
console.log('open');
for (let n = Number(firstText); ; n += 3) {
  // Three new torrents whose first limit tells their number, and one old one that is changed again and again.
  const fresh = change(5000 + n, [n, n + 1, n + 2], n);
  const ids = await journal.recordIntent([fresh, change(9000 + n, [n], 0)], Date.now());
  await journal.recordOutcome(ids, 'done');
  process.stdout.write(`${n} ${ids.join(',')}\n`);
}
