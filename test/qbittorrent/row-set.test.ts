import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RowSet } from '../../src/qbittorrent/row-set.ts';

const test = suite('row set');

const row = fc.oneof(fc.nat(100), fc.nat(3_000));
const rows = fc.array(row, { maxLength: 60 });
const sorted = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);

test('however rows come and go, it has what a set of numbers has, few or many', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ adds: fc.boolean(), row }), { maxLength: 200 }), (steps) => {
      const set = new RowSet();
      const plain = new Set<number>();
      for (const step of steps) {
        if (step.adds) {
          set.add(step.row);
          plain.add(step.row);
        } else {
          set.delete(step.row);
          plain.delete(step.row);
        }
        assert.is(set.has(step.row), step.adds);
      }
      const seen: number[] = [];
      set.each((one) => seen.push(one));
      assert.equal(sorted(seen), sorted(plain));
      assert.is(set.size, plain.size);
    }),
  );
});

test('it tells the rows that another set does not have', () => {
  fc.assert(
    fc.property(rows, rows, (these, others) => {
      const seen: number[] = [];
      RowSet.of(these).eachBut(RowSet.of(others), (one) => seen.push(one));
      assert.equal(sorted(seen), sorted(new Set(these.filter((one) => !others.includes(one)))));
    }),
  );
});

test.run();
