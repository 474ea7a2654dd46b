/** The worked examples of docs/strategies.md, computed by the code that runs. */
import { readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Loan, lend } from '../../src/control/lending.ts';
import { equalShares, weightedShares } from '../../src/control/shares.ts';
import { MIB, UNLIMITED } from '../../src/control/units.ts';
import { weightScore } from '../../src/control/weights.ts';

type Row = Readonly<Record<string, string>>;

interface Example {
  readonly strategy: string;
  readonly capBps: number;
  readonly rows: readonly Row[];
}

const test = suite('the worked examples of the strategies');
const text = await readFile(new URL('../../docs/strategies.md', import.meta.url), 'utf8');
const examples = examplesIn(text);

function examplesIn(document: string): Example[] {
  const found = document.matchAll(/<!-- example: (\w+)(?:, cap ([\d.]+))? -->\n((?:\|.*\n)+)/g);
  return [...found].map(([, strategy = '', cap = '0', table = '']) => {
    const [head = [], , ...lines] = table
      .trim()
      .split('\n')
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    const rows = lines.map((cells) => Object.fromEntries(head.map((name, i) => [name, cells[i] ?? ''])));
    return { strategy, capBps: Number(cap) * MIB, rows };
  });
}

const bps = (cell: string | undefined) => (cell === 'more' ? UNLIMITED : Number(cell) * MIB);
const shown = (rate: number) => (rate / MIB).toFixed(2);

function weightOf(row: Row): number {
  const usage = {
    spanMs: 6_000,
    longBps: bps(row.speed),
    rateBps: 0,
    shortBps: 0,
    latestBps: 0,
    settled: true,
  };
  return weightScore({ leechersConnected: 0, leechersKnown: Number(row.leechers), usage });
}

function sharesOf({ strategy, capBps, rows }: Example): readonly number[] {
  const wants = rows.map(({ wants }) => bps(wants));
  if (strategy === 'equal') return equalShares(wants, capBps).sharesBps;
  return weightedShares(wants, rows.map(weightOf), capBps, capBps).sharesBps;
}

/** As many cycles as it takes to be steady. */
function loansOf({ rows }: Example): (id: string | undefined) => Loan {
  let loans: ReadonlyMap<string, Loan> = new Map();
  for (let cycle = 0; cycle < 60; cycle += 1) {
    const trackers = rows.map(({ tracker = '', cap, priority, wants }) => ({
      id: tracker,
      capBps: bps(cap),
      priority: Number(priority),
      mayBorrow: wants === 'more',
      maxLoanBps: 0.5 * bps(cap),
      wantBps: bps(wants),
      usageBps: Math.min(bps(wants), bps(cap)),
      before: loans.get(tracker) ?? null,
    }));
    const settings = {
      borrowThresholdRatio: 0.9,
      maxBorrowFraction: 0.5,
      smoothingAlpha: 0.4,
      minEffectiveDelta: 0.1,
    };
    loans = lend(trackers, settings, cycle * 2_000);
  }
  return (id) => loans.get(id ?? '') ?? assert.unreachable(`no loan of ${id}`) ?? (undefined as never);
}

test('there are examples of all three', () => {
  assert.equal(new Set(examples.map(({ strategy }) => strategy)), new Set(['equal', 'weighted', 'soft']));
  assert.ok(examples.length >= 7);
});

for (const [index, example] of examples.entries()) {
  const names = example.rows.map(({ torrent, tracker }) => torrent ?? tracker).join(', ');
  test(`example ${index + 1}, ${example.strategy}: ${names}`, () => {
    if (example.strategy === 'soft') {
      const loan = loansOf(example);
      for (const row of example.rows) {
        const { borrowedBps, lentBps } = loan(row.tracker);
        assert.is(shown(bps(row.cap) + borrowedBps), row['effective cap'], row.tracker);
        assert.is(shown(lentBps), row.lent, row.tracker);
      }
      return;
    }
    const shares = sharesOf(example);
    for (const [i, row] of example.rows.entries()) {
      assert.is(shown(shares[i] ?? 0), row.gets, row.torrent);
      if (row.weight !== undefined) assert.is(weightOf(row).toFixed(2), row.weight, row.torrent);
    }
  });
}

test.run();
