import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Ledger } from './ledger.ts';

const test = suite('what is right in the end');
const right = (ledger: Ledger) => [...ledger.right('one')];

test("is a torrent's own limit, whatever Qguardarr writes", () => {
  const ledger = new Ledger({ one: 500 });
  ledger.written('one', 2_000);
  ledger.shown('one', 2_000);
  ledger.written('one', 500);
  assert.equal(right(ledger), [500]);
});

test("is the user's limit only, once it was shown before a write, or nothing was written", () => {
  const ledger = new Ledger({ one: 0 });
  ledger.userSet('one', 700);
  assert.equal(right(ledger), [700]);
  ledger.shown('one', 700);
  ledger.written('one', 2_000);
  assert.equal(right(ledger), [700]);
});

test("is the user's limit or the one before, when a write came before it was shown", () => {
  const ledger = new Ledger({ one: 0 });
  ledger.userSet('one', 700);
  ledger.written('one', 2_000);
  ledger.shown('one', 700);
  assert.equal(right(ledger), [700, 0]);
});

test('is any of several limits of the user that were never shown', () => {
  const ledger = new Ledger({ one: 0 });
  ledger.userSet('one', 600);
  ledger.userSet('one', 700);
  ledger.written('one', 2_000);
  assert.equal(right(ledger), [700, 600, 0]);
  ledger.userSet('one', 800);
  ledger.shown('one', 800);
  assert.equal(right(ledger), [800]);
});

test('includes what a disturbance allows', () => {
  const ledger = new Ledger({ one: 0, two: 0 });
  ledger.allow('one', 5);
  assert.equal(right(ledger), [5, 0]);
  assert.equal([...ledger.right('two')], [0]);
});

test('a killed client may bring back what it had since the user last set a limit', () => {
  const ledger = new Ledger({ one: 0 });
  ledger.written('one', 2_000);
  ledger.written('one', 3_000);
  assert.equal(ledger.history('one'), [0, 2_000, 3_000]);
  ledger.userSet('one', 700);
  ledger.written('one', 4_000);
  assert.equal(ledger.history('one'), [700, 4_000]);
});

test.run();
