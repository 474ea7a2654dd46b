import fc from 'fast-check';
import { isRight } from 'fp-ts/lib/Either.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeEntry, type Entry } from '../../src/journal/codecs.ts';
import {
  checkpointEntry,
  closedEntry,
  intentEntries,
  nextId,
  replacedEntries,
} from '../../src/journal/entries.ts';
import { JournalState } from '../../src/journal/journal-state.ts';
import { packKeys, unpackKeys } from '../../src/journal/packed-keys.ts';
import { change, KEY } from './support.ts';

const test = suite('the journal state');

const ID = (n: number) => n.toString(36).padStart(11, '0');
const original = (id: number, wire: number): Entry => ({
  _id: ID(id),
  v: 1,
  kind: 'original',
  at: id,
  trackerId: null,
  limits: [{ wire, keys: KEY(0) }],
});

test('goes by the first original of a torrent, in whatever order the entries come', () => {
  const state = new JournalState();
  state.replay([original(2, 222), original(1, 111)]);
  assert.is(state.originals.get(KEY(0))?.originalWire, 111);
});

test('is the same from a checkpoint as from the entries before it', () => {
  const step = fc.record({
    what: fc.constantFrom('write', 'write', 'close', 'replace'),
    torrent: fc.nat(4),
    wires: fc.array(fc.integer({ min: -1, max: 5 }), { minLength: 1, maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.boolean(), (steps, keepChanges) => {
      const state = new JournalState();
      const log: Entry[] = [];
      let at = 1000;
      for (const { what, torrent, wires } of steps) {
        at += 1;
        let id = state.lastId;
        const makeId = () => {
          id = nextId(id, at);
          return id;
        };
        const entries =
          what === 'write'
            ? intentEntries(state, [change(at, wires, torrent)], at, keepChanges, makeId).entries
            : what === 'close'
              ? [closedEntry(makeId(), [KEY(torrent)])]
              : replacedEntries([{ key: KEY(torrent), originalWire: wires[0] ?? 0 }], at, makeId);
        for (const entry of entries) {
          assert.ok(isRight(decodeEntry(JSON.parse(JSON.stringify(entry)))));
          state.apply(entry);
          log.push(entry);
        }
      }
      const checkpoint = checkpointEntry(nextId(state.lastId, at), state, state.originals.values(), [
        ...state.rollbacks.values(),
      ]);
      const replayed = new JournalState();
      replayed.replay(log);
      assert.equal(replayed.originals, state.originals, 'from the log');
      // A crash may leave any part of what the checkpoint replaces.
      for (const rest of [[], log, log.filter((_, n) => n % 2 === 0)]) {
        const restarted = new JournalState();
        restarted.replay([checkpoint, ...rest]);
        assert.equal(restarted.originals, state.originals, 'from the checkpoint');
      }
    }),
    { numRuns: 300 },
  );
});

test('knows keys apart once packed', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }).filter((key) => !key.includes('\n'))), (keys) => {
      assert.equal(unpackKeys(packKeys(keys)), keys);
    }),
  );
  assert.throws(() => packKeys(['']), /non-empty/);
});

test.run();
