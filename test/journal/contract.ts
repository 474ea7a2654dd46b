import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { JournalOptions } from '../../src/journal/journal-options.ts';
import type { LogJournal } from '../../src/journal/log-journal.ts';
import type { ChangeRecord } from '../../src/journal/records.ts';
import { change, journalError, KEY, rejection } from './support.ts';

export interface Subject {
  readonly journal: LogJournal;
  /** The journal as a new process would find it; the same one where nothing outlives the process. */
  reopen(): Promise<LogJournal>;
  end(): Promise<void>;
}

/** What every Journal promises; run for each implementation. */
export function contract(name: string, create: (options: JournalOptions) => Promise<Subject>): void {
  const test = suite(`${name} as a journal`);

  const it = (sentence: string, body: (subject: Subject) => Promise<void>, options: JournalOptions = {}) =>
    test(sentence, async () => {
      let clock = 1_700_000_000_000;
      const subject = await create({ now: () => clock++, ...options });
      try {
        await body(subject);
      } finally {
        await subject.end();
      }
    });

  it('takes the first limit it sees for the original, and keeps it', async ({ journal, reopen }) => {
    await journal.recordIntent([change(5000, [0, 9000])], 100);
    await journal.recordIntent([change(6000, [5000, 5000])], 200);
    for (const seen of [journal, await reopen()]) {
      assert.equal(seen.originals.get(KEY(0)), {
        key: KEY(0),
        originalWire: 0,
        trackerId: 'tracker-a',
        firstSeenAt: 100,
        lastWire: 6000,
        beforeLastWire: 5000,
      });
      assert.is(seen.originals.get(KEY(1))?.originalWire, 9000);
      assert.is(seen.originals.size, 2);
    }
  });

  it('takes the first of two changes to one torrent in one intent for the original', async ({ journal }) => {
    await journal.recordIntent([change(5000, [800]), change(6000, [5000])], 100);
    const original = journal.originals.get(KEY(0));
    assert.equal([original?.originalWire, original?.lastWire, original?.beforeLastWire], [800, 6000, 5000]);
  });

  it('adopts what another program kept, all in one entry, and keeps the originals that it has', async ({
    journal,
    reopen,
  }) => {
    await journal.recordIntent([change(5000, [9000])], 1_700_000_000_000);
    const adopted = (n: number, originalWire: number) => ({
      key: KEY(n),
      originalWire,
      trackerId: 'tracker-b',
      firstSeenAt: 50,
      lastWire: 777,
      beforeLastWire: 666,
    });
    assert.is(await journal.adoptOriginals([adopted(0, 1), adopted(1, 8000), adopted(2, 0)]), 2);
    assert.is(await journal.adoptOriginals([adopted(1, 2)]), 0);
    for (const seen of [journal, await reopen()]) {
      assert.is(seen.originals.get(KEY(0))?.originalWire, 9000);
      assert.equal(seen.originals.get(KEY(1)), adopted(1, 8000));
      assert.equal(seen.originals.get(KEY(2)), adopted(2, 0));
      assert.is((await seen.page('change', 0, 10)).total, 1, 'changes stay');
    }
  });

  it('has a restored torrent whose original is adopted as a managed one only', async ({
    journal,
    reopen,
  }) => {
    await journal.recordIntent([change(5000, [9000])], 1);
    await journal.recordRestored([KEY(0)], 2);
    const none = { trackerId: null, firstSeenAt: 3, lastWire: null, beforeLastWire: null };
    assert.is(await journal.adoptOriginals([{ key: KEY(0), originalWire: 9000, ...none }]), 1);
    for (const seen of [journal, await reopen()])
      assert.equal([seen.originals.size, seen.restored.size], [1, 0]);
  });

  it('adopts nothing that it could not read back', async ({ journal, reopen }) => {
    const wrong = {
      originalWire: Number.NaN,
      trackerId: null,
      firstSeenAt: 0,
      lastWire: 0,
      beforeLastWire: 0,
    };
    assert.instance(await rejection(journal.adoptOriginals([{ key: KEY(0), ...wrong }])), RangeError);
    for (const seen of [journal, await reopen()]) assert.is(seen.originals.size, 0);
  });

  it('pages only what is wanted when it is said what', async ({ journal, reopen }) => {
    for (const toWire of [5000, 6000, 7000, 8000]) {
      await journal.recordIntent([change(toWire, [0, 0])], toWire);
    }
    for (const seen of [journal, await reopen()]) {
      const large = await seen.page('change', 1, 1, (item) => 'toWire' in item && item.toWire > 5000);
      assert.is(large.total, 3);
      assert.equal(
        large.items.map((item) => 'toWire' in item && item.toWire),
        [7000],
      );
      const second = await seen.page('original', 0, 9, (item) => 'key' in item && item.key === KEY(1));
      assert.is(second.total, 1);
      assert.is((await seen.page('rollback', 0, 9, () => true)).total, 0);
    }
  });

  it('reads -1 as no limit', async ({ journal }) => {
    await journal.recordIntent([change(5000, [-1])], 100);
    assert.is(journal.originals.get(KEY(0))?.originalWire, 0);
  });

  it('refuses a limit that is no number, and records nothing of that intent', async ({ journal }) => {
    const error = await rejection(journal.recordIntent([change(5000, [1, Number.NaN])], 100));
    assert.instance(error, RangeError);
    assert.is(journal.originals.size, 0);
    assert.is((await journal.page('change', 0, 10)).total, 0);
  });

  it('returns one id a change, in order, growing, even when the clock is set back', async ({ journal }) => {
    const first = await journal.recordIntent([change(5000, [0]), change(6000, [0], 1)], 100);
    const second = await journal.recordIntent([change(7000, [5000])], 50);
    assert.is(first.length, 2);
    assert.equal([...first, ...second], [...first, ...second].sort());
    assert.is(new Set([...first, ...second]).size, 3);
  });

  it('records nothing for no changes', async ({ journal }) => {
    assert.equal(await journal.recordIntent([], 100), []);
  });

  it('pages changes newest first with their outcome', async ({ journal, reopen }) => {
    const [done] = await journal.recordIntent([change(5000, [0, 1, 0])], 100);
    const [failed] = await journal.recordIntent([change(6000, [5000])], 200);
    const [intended] = await journal.recordIntent([change(7000, [6000])], 300);
    assert.ok(done !== undefined && failed !== undefined && intended !== undefined);
    await journal.recordOutcome([done], 'done');
    await journal.recordOutcome([failed, 'unknown id'], 'failed');
    for (const seen of [journal, await reopen()]) {
      const { total, items } = await seen.page('change', 0, 2);
      assert.is(total, 3);
      assert.equal(
        items.map((item) => 'state' in item && [item.id, item.state]),
        [
          [intended, 'intended'],
          [failed, 'failed'],
        ],
      );
      const [oldest] = (await seen.page('change', 2, 2)).items;
      assert.ok(oldest !== undefined && 'torrents' in oldest);
      assert.is(oldest.state, 'done');
      assert.equal([oldest.cycle, oldest.at, oldest.reason, oldest.toWire], [7, 100, 'level', 5000]);
      const byKey = (torrents: ChangeRecord['torrents']) =>
        [...torrents].sort((a, b) => (a.key < b.key ? -1 : 1));
      assert.equal(byKey(oldest.torrents), [
        { key: KEY(0), fromWire: 0 },
        { key: KEY(1), fromWire: 1 },
        { key: KEY(2), fromWire: 0 },
      ]);
    }
  });

  it('pages originals newest first, whatever offset and limit come', async ({ journal }) => {
    await journal.recordIntent([change(5000, [1])], 100);
    await journal.recordIntent([change(5000, [2], 1)], 200);
    const keys = async (offset: number, limit: number) =>
      (await journal.page('original', offset, limit)).items.map((item) => 'key' in item && item.key);
    assert.equal(await keys(0, 10), [KEY(1), KEY(0)]);
    assert.equal(await keys(1, 10), [KEY(0)]);
    assert.equal(await keys(-5, 1), [KEY(1)]);
    assert.equal(await keys(0, -1), []);
    assert.equal(await keys(Number.NaN, Number.NaN), []);
    assert.equal(await keys(5, Number.POSITIVE_INFINITY), []);
  });

  it('makes a limit set by hand the original, and still knows its own last limit', async ({
    journal,
    reopen,
  }) => {
    await journal.recordIntent([change(5000, [0])], 100);
    await journal.replaceOriginals([{ key: KEY(0), originalWire: 777 }], 150);
    await journal.replaceOriginals([{ key: KEY(9), originalWire: 777 }], 150);
    for (const seen of [journal, await reopen()]) {
      assert.equal(seen.originals.get(KEY(0)), {
        key: KEY(0),
        originalWire: 777,
        trackerId: 'tracker-a',
        firstSeenAt: 150,
        lastWire: 5000,
        beforeLastWire: 0,
        earlier: [{ wire: 0, until: 150 }],
      });
      assert.is(seen.originals.size, 1, 'a torrent not under management stays so');
    }
  });

  it('reverts a replaced original to the one in force at a given time, or to the first', async ({
    journal,
    reopen,
  }) => {
    await journal.recordIntent([change(5000, [10, 10, 10])], 100);
    const replace = (n: number, originalWire: number, at: number) =>
      journal.replaceOriginals([{ key: KEY(n), originalWire }], at);
    for (const n of [0, 1]) {
      await replace(n, 20, 200);
      await replace(n, 30, 300);
    }
    await journal.revertOriginals([KEY(0), KEY(2)], 250);
    await journal.revertOriginals([KEY(1)], 0);
    for (const seen of [journal, await reopen()]) {
      const { originals } = seen;
      assert.equal([originals.get(KEY(0))?.originalWire, originals.get(KEY(0))?.earlier?.length], [20, 1]);
      assert.equal([originals.get(KEY(1))?.originalWire, originals.get(KEY(1))?.earlier], [10, undefined]);
      assert.is(originals.get(KEY(2))?.originalWire, 10, 'one that was never replaced stays');
    }
  });

  it('keeps the first original of a torrent however often it is replaced', async ({ journal, reopen }) => {
    await journal.recordIntent([change(5000, [1])], 100);
    for (let n = 2; n <= 40; n += 1) {
      await journal.replaceOriginals([{ key: KEY(0), originalWire: n }], 100 + n);
    }
    const seen = await reopen();
    const earlier = seen.originals.get(KEY(0))?.earlier ?? [];
    assert.ok(earlier.length <= 8, `${earlier.length}`);
    assert.is(earlier[0]?.wire, 1);
    assert.is(earlier.at(-1)?.wire, 39);
    await seen.revertOriginals([KEY(0)], 0);
    assert.is(seen.originals.get(KEY(0))?.originalWire, 1);
  });

  it('remembers a restored torrent until it is closed, managed again or reopened', async ({
    journal,
    reopen,
  }) => {
    await journal.recordIntent([change(5000, [1, 2, 3, 4])], 100);
    await journal.recordRestored([KEY(0), KEY(1), KEY(2), KEY(9)], 200);
    assert.equal([...journal.originals.keys()], [KEY(3)]);
    assert.equal([...journal.restored.keys()], [KEY(0), KEY(1), KEY(2)]);
    assert.is(journal.restored.get(KEY(0))?.restoredAt, 200);
    await journal.closeOriginals([KEY(0)]);
    await journal.reopenOriginals([KEY(1), KEY(8)]);
    await journal.recordIntent([change(6000, [33], 2)], 300);
    for (const seen of [journal, await reopen()]) {
      assert.equal([...seen.restored.keys()], []);
      const own = [...seen.originals.values()].map(({ key, originalWire }) => [key, originalWire]);
      assert.equal(own.sort(), [
        [KEY(1), 2],
        [KEY(2), 33],
        [KEY(3), 4],
      ]);
    }
  });

  it('keeps restored torrents, accepted limits, a contest and its name through a checkpoint', async ({
    journal,
    reopen,
  }) => {
    const name = await journal.identify();
    assert.match(name, /^[0-9a-f-]{36}$/);
    await journal.recordIntent([change(5000, [1, 2])], 100);
    await journal.replaceOriginals([{ key: KEY(1), originalWire: 22 }], 150);
    await journal.recordRestored([KEY(0)], 200);
    await journal.acceptLimits([{ key: KEY(5), wire: 2011 }], 210);
    const contest = { since: 220, problem: 'another program' };
    await journal.recordContest(contest);
    const before = [[...journal.originals.values()], [...journal.restored.values()]];
    await journal.prune(0);
    const seen = await reopen();
    assert.equal([[...seen.originals.values()], [...seen.restored.values()]], before);
    assert.equal([...seen.accepted], [[KEY(5), 2011]]);
    assert.equal(seen.contest, contest);
    assert.is(await seen.identify(), name);
    await seen.recordContest(null);
    await seen.forgetAccepted([KEY(0), KEY(5)]);
    const last = await reopen();
    assert.is(last.contest, null);
    assert.is(last.accepted.size, 0);
    assert.ok(last.restored.has(KEY(0)), 'only that is forgotten');
  });

  it('ends management, and begins it anew with what the torrent has then', async ({ journal, reopen }) => {
    await journal.recordIntent([change(5000, [111, 222])], 100);
    await journal.closeOriginals([KEY(0), KEY(8)]);
    assert.equal([...journal.originals.keys()], [KEY(1)]);
    await journal.recordIntent([change(6000, [333])], 300);
    await journal.closeOriginals([]);
    for (const seen of [journal, await reopen()]) {
      assert.is(seen.originals.get(KEY(0))?.originalWire, 333);
      assert.is(seen.originals.get(KEY(0))?.lastWire, 6000);
    }
  });

  it('remembers a rollback from request to resumption', async ({ journal, reopen }) => {
    assert.is(journal.openRollback, null);
    await journal.resume(50);
    const id = await journal.beginRollback('api', 'a reason', 100);
    const pending = { finishedAt: null, restored: 0, failed: 0, resumedAt: null };
    const open = { id, requestedAt: 100, by: 'api', reason: 'a reason', ...pending };
    assert.equal(journal.openRollback, open);
    let seen = await reopen();
    assert.equal(seen.openRollback, open);
    await seen.finishRollback(id, 5, 1, 200);
    const finished = { ...open, finishedAt: 200, restored: 5, failed: 1 };
    assert.equal(seen.openRollback, finished, 'finished, but enforcement is not on again');
    await seen.resume(300);
    assert.is(seen.openRollback, null);
    seen = await reopen();
    assert.is(seen.openRollback, null);
    assert.equal((await seen.page('rollback', 0, 10)).items, [{ ...finished, resumedAt: 300 }]);
  });

  it('remembers rollbacks of a part beside those of all, each with its scope and originals', async ({
    journal,
    reopen,
  }) => {
    const tracker = { kind: 'tracker', trackerId: 'alpha' } as const;
    const torrents = { kind: 'torrents', infoHashes: ['a'.repeat(40), 'b'.repeat(40)] } as const;
    const first = await journal.beginRollback('a', '', 100, tracker);
    const second = await journal.beginRollback('b', '', 200, torrents, 'first');
    await journal.finishRollback(first, 2, 0, 250);
    await journal.prune(1_000);
    let seen = journal;
    for (const reopened of [false, true]) {
      if (reopened) seen = await reopen();
      assert.is(seen.openRollback, null);
      assert.equal(
        seen.openPartRollbacks.map(({ id, scope, originals, finishedAt }) => [
          id,
          scope,
          originals,
          finishedAt,
        ]),
        [
          [first, tracker, undefined, 250],
          [second, torrents, 'first', null],
        ],
      );
    }
    const all = await seen.beginRollback('c', '', 300);
    assert.is(seen.openRollback?.id, all);
    assert.is(seen.openPartRollbacks.length, 2);
    await seen.resume(400);
    assert.equal((await reopen()).openPartRollbacks, []);
  });

  it('still knows which of the limits before may show when one gets its own back', async ({
    journal,
    reopen,
  }) => {
    await journal.recordIntent([change(5000, [111])], 100);
    await journal.recordIntent([change(6000, [5000])], 200);
    await journal.recordIntent([change(111, [6000])], 300);
    for (const seen of [journal, await reopen()]) {
      assert.is(seen.originals.get(KEY(0))?.lastWire, 6000);
      assert.is(seen.originals.get(KEY(0))?.beforeLastWire, 5000);
    }
  });

  it('resumes after several rollbacks at once, finished or not', async ({ journal }) => {
    await journal.beginRollback('a', '', 100);
    const second = await journal.beginRollback('b', '', 200);
    assert.is(journal.openRollback?.id, second, 'the latest is the open one');
    await journal.resume(300);
    assert.is(journal.openRollback, null);
    const { items } = await journal.page('rollback', 0, 10);
    assert.equal(
      items.map((item) => 'by' in item && [item.by, item.finishedAt]),
      [
        ['b', 300],
        ['a', 300],
      ],
    );
  });

  it('refuses to finish a rollback it never began', async ({ journal }) => {
    const error = await rejection(journal.finishRollback('nope', 0, 0, 1));
    assert.instance(error, RangeError);
    assert.match(error.message, "no rollback has the id 'nope'");
  });

  it('prunes old changes and resumed rollbacks, and nothing else', async ({ journal, reopen }) => {
    await journal.recordIntent([change(5000, [111])], 100);
    await journal.beginRollback('old', '', 110);
    await journal.resume(120);
    const [kept] = await journal.recordIntent([change(6000, [222], 1)], 200);
    await journal.recordOutcome([kept ?? ''], 'done');
    const open = await journal.beginRollback('open', '', 130);
    await journal.prune(200);
    for (const seen of [journal, await reopen()]) {
      const { items, total } = await seen.page('change', 0, 10);
      assert.is(total, 1);
      assert.equal(
        items.map((item) => 'state' in item && [item.id, item.state]),
        [[kept, 'done']],
      );
      assert.equal(
        (await seen.page('rollback', 0, 10)).items.map((item) => 'by' in item && item.by),
        ['open'],
      );
      assert.is(seen.openRollback?.id, open);
      assert.is(seen.originals.get(KEY(0))?.originalWire, 111);
      assert.is(seen.originals.get(KEY(0))?.lastWire, 5000, 'known without its change');
      assert.is(seen.originals.get(KEY(1))?.lastWire, 6000);
    }
  });

  it('of rollbacks that are never resumed, keeps the one in force, however old, and few others', async ({
    journal,
    reopen,
  }) => {
    for (let n = 0; n < 600; n += 1) await journal.beginRollback(`cron ${n}`, 'again', n);
    await journal.prune(0);
    assert.is((await journal.page('rollback', 0, 1)).total, 500);
    await journal.prune(1000);
    for (const seen of [journal, await reopen()]) {
      const { items } = await seen.page('rollback', 0, 10);
      assert.equal(
        items.map((item) => 'by' in item && item.by),
        ['cron 599'],
      );
      assert.is(seen.openRollback?.by, 'cron 599');
    }
  });

  it('keeps a rollback of a part that was never resumed, however old, beside that of all', async ({
    journal,
    reopen,
  }) => {
    await journal.beginRollback('me', 'this one', 1, { kind: 'tracker', trackerId: 'a' });
    for (let n = 2; n < 600; n += 1) await journal.beginRollback(`cron ${n}`, 'again', n);
    await journal.prune(1000);
    for (const seen of [journal, await reopen()]) {
      assert.equal(
        seen.openPartRollbacks.map(({ by }) => by),
        ['me'],
      );
      assert.is(seen.openRollback?.by, 'cron 599');
    }
  });

  it(
    'keeps only the newest changes by itself',
    async ({ journal, reopen }) => {
      const ids: string[] = [];
      for (let n = 0; n < 400; n += 1) {
        ids.push(...(await journal.recordIntent([change(5000 + n, [n])], 1_700_000_000_000 + n)));
        await journal.recordOutcome(ids.slice(-1), n % 2 === 0 ? 'done' : 'failed');
      }
      for (const seen of [journal, await reopen()]) {
        const { total, items } = await seen.page('change', 0, 500);
        assert.ok(total >= 20 && total <= 20 + 64, `${total} changes`);
        assert.equal(
          items.map((item) => 'state' in item && item.id),
          ids.slice(-total).reverse(),
        );
        assert.equal(
          items.slice(0, 2).map((item) => 'state' in item && item.state),
          ['failed', 'done'],
        );
        assert.is(seen.originals.get(KEY(0))?.originalWire, 0);
        assert.is(seen.originals.get(KEY(0))?.lastWire, 5399);
      }
    },
    { maxChanges: 20 },
  );

  it(
    'keeps no more changes than name so many torrents',
    async ({ journal }) => {
      for (let n = 0; n < 30; n += 1) await journal.recordIntent([change(5000 + n, Array(10).fill(1))], 1e14);
      const { total } = await journal.page('change', 0, 500);
      assert.ok(total <= 21 && total >= 10, `${total} changes`);
      await journal.prune(0);
      assert.is((await journal.page('change', 0, 500)).total, 10);
    },
    { maxChangedTorrents: 100 },
  );

  it(
    'keeps no change when told so, but the last limits',
    async ({ journal, reopen }) => {
      const [id] = await journal.recordIntent([change(5000, [111])], 100);
      assert.ok(id);
      await journal.recordOutcome([id ?? ''], 'done');
      for (const seen of [journal, await reopen()]) {
        assert.is((await seen.page('change', 0, 10)).total, 0);
        assert.is(seen.originals.get(KEY(0))?.originalWire, 111);
        assert.is(seen.originals.get(KEY(0))?.lastWire, 5000);
        assert.is(seen.originals.get(KEY(0))?.beforeLastWire, 111);
      }
    },
    { trackAllChanges: false },
  );

  it('refuses to write once closed, and can still be read', async ({ journal }) => {
    await journal.recordIntent([change(5000, [111])], 100);
    await journal.close();
    await journal.close();
    await journalError(journal.recordIntent([change(6000, [5000])], 200), 'closed');
    await journalError(journal.closeOriginals([KEY(0)]), 'closed');
    await journalError(journal.prune(0), 'closed');
    assert.is(journal.originals.get(KEY(0))?.originalWire, 111);
  });

  it('takes operations in the order they are asked for, without waiting between', async ({ journal }) => {
    await Promise.all([
      journal.recordIntent([change(5000, [1])], 100),
      journal.closeOriginals([KEY(0)]),
      journal.recordIntent([change(6000, [2])], 200),
      journal.replaceOriginals([{ key: KEY(0), originalWire: 3 }], 300),
    ]);
    assert.is(journal.originals.get(KEY(0))?.originalWire, 3);
    assert.is(journal.originals.get(KEY(0))?.lastWire, 6000);
  });

  test.run();
}
