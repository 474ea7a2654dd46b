import { stat } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { NedbJournal } from '../../src/journal/nedb-journal.ts';
import type { IntendedChange } from '../../src/journal/records.ts';
import { fsync } from '../../src/journal/sync.ts';
import { inFolder, KEY, opened } from './support.ts';

const test = suite('a year of the journal');

const DAY_MS = 86_400_000;
const TORRENTS = 400;
/** As many as come and go a day. */
const TURNOVER = 12;
/** What a busy service writes between two reconciles, which are a day apart here. */
const INTENTS_A_DAY = 12;
const CHANGES_AN_INTENT = 3;
const TORRENTS_A_CHANGE = 12;
const MAX_CHANGES = 400;

interface Day {
  readonly largestBytes: number;
  readonly prunedBytes: number;
}

class Year {
  readonly days: Day[] = [];
  /** Of each weekly start, ms. */
  readonly opens: number[] = [];
  at = 1_790_000_000_000;
  changes = 0;
  readonly #file: string;
  #first = 0;
  #journal: NedbJournal | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  get journal(): NedbJournal {
    if (this.#journal === null) throw new Error('no journal is open');
    return this.#journal;
  }

  async restart(): Promise<void> {
    await this.#journal?.close();
    const startedAt = performance.now();
    // Nothing here depends on what a sync does, and a hundred thousand of them would take minutes.
    const sync = { file: async (file: string) => (await stat(file)).size, folder: fsync.folder };
    this.#journal = await opened(this.#file, { sync, now: () => this.at, maxChanges: MAX_CHANGES });
    this.opens.push(performance.now() - startedAt);
  }

  async liveADay(day: number): Promise<void> {
    let largestBytes = 0;
    for (let n = 0; n < INTENTS_A_DAY; n += 1) {
      this.at += DAY_MS / INTENTS_A_DAY;
      const ids = await this.journal.recordIntent(this.#intent(day + n), this.at);
      await this.journal.recordOutcome(ids, n % 50 === 0 ? 'failed' : 'done');
      this.changes += ids.length;
      largestBytes = Math.max(largestBytes, (await stat(this.#file)).size);
    }
    await this.journal.closeOriginals(Array.from({ length: TURNOVER }, (_, n) => KEY(this.#first + n)));
    this.#first += TURNOVER;
    if (day % 10 === 0) await this.journal.beginRollback('cron', 'every ten days', this.at);
    if (day % 30 === 0) await this.journal.resume(this.at);
    await this.journal.prune(this.at - 30 * DAY_MS);
    this.days.push({ largestBytes, prunedBytes: (await stat(this.#file)).size });
  }

  #intent(step: number): IntendedChange[] {
    return Array.from({ length: CHANGES_AN_INTENT }, (_, change) => ({
      cycle: step,
      trackerId: `tracker-${change}`,
      reason: 'to the level of its tracker',
      toWire: 5_000 + (((step + change) * 7919) % 900_000),
      torrents: Array.from({ length: TORRENTS_A_CHANGE }, (_, n) => ({
        key: KEY(this.#first + ((step * 131 + change * 977 + n * 17) % TORRENTS)),
        fromWire: 4_000 + ((step * 6101) % 900_000),
      })),
    }));
  }
}

const largest = (days: readonly Day[], of: keyof Day) => Math.max(...days.map((day) => day[of]));

test('of changes, restarts, rollbacks and torrents that come and go leaves file and start as small as a month', () =>
  inFolder(async (folder) => {
    const year = new Year(path.join(folder, 'rollback.db'));
    for (let day = 0; day < 365; day += 1) {
      if (day % 7 === 0) await year.restart();
      await year.liveADay(day);
    }
    const { journal } = year;
    const [early, late] = [year.days.slice(30, 60), year.days.slice(-60)];
    console.log(
      `${year.changes} changes: at most ${largest(year.days, 'largestBytes')} bytes, ` +
        `${year.days.at(-1)?.prunedBytes} when pruned (day 60: ${year.days[59]?.prunedBytes}); opens in ` +
        `${year.opens.slice(5, 10).map(Math.round)} ms at first, ${year.opens.slice(-5).map(Math.round)} ms at last`,
    );
    assert.ok(largest(late, 'prunedBytes') <= 1.1 * largest(early, 'prunedBytes'), 'pruned size');
    assert.ok(largest(late, 'largestBytes') <= 1.1 * largest(early, 'largestBytes'), 'largest size');
    assert.ok(largest(year.days, 'largestBytes') < 1024 * 1024, 'never a whole MB');
    assert.ok(Math.min(...year.opens.slice(-5)) < 500, 'a start takes no half second');
    assert.ok(journal.originals.size <= TORRENTS + TURNOVER, `${journal.originals.size} originals`);
    assert.ok((await journal.page('change', 0, 1)).total <= MAX_CHANGES);
    assert.ok((await journal.page('rollback', 0, 1)).total <= 4);
    await journal.close();
  }));

test.run();
