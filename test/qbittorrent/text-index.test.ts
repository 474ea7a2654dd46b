import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NOT_FOUND, TextIndex } from '../../src/qbittorrent/text-index.ts';

const test = suite('text index');

function add(index: TextIndex, number: number, text: string): void {
  const bytes = Buffer.from(`before${text}behind`);
  index.add(number, bytes, 6, bytes.length - 6);
}

/** Few enough for texts to come back, enough for slots to be shared. */
const text = fc.oneof(
  fc.nat(400).map((n) => n.toString(16).padStart(40, '0')),
  fc.string({ unit: 'grapheme', maxLength: 3 }),
  fc.nat(3).map((n) => 'x'.repeat(300) + n),
);

test('whatever comes and goes, it finds what a map finds', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), text), { maxLength: 400, size: 'max' }), (steps) => {
      const index = new TextIndex();
      const plain = new Map<string, number>();
      const free: number[] = [];
      let next = 0;
      for (const [isCome, each] of steps) {
        const known = plain.get(each);
        assert.is(index.findText(each), known ?? NOT_FOUND);
        if (isCome && known === undefined) {
          const number = free.pop() ?? next++;
          add(index, number, each);
          plain.set(each, number);
        } else if (!isCome && known !== undefined) {
          index.delete(known);
          free.push(known);
          plain.delete(each);
        }
        assert.is(index.size, plain.size);
      }
      for (const [each, number] of plain) {
        assert.is(index.findText(each), number);
        assert.is(index.textOf(number), each);
      }
    }),
  );
});

test('a text of one index is found and added in another by its number', () => {
  const one = new TextIndex();
  const two = new TextIndex();
  add(one, 3, 'known');
  add(two, 7, 'known');
  add(one, 4, 'new');
  assert.is(two.findOf(one, 3), 7);
  assert.is(two.findOf(one, 4), NOT_FOUND);
  two.addOf(8, one, 4);
  assert.is(two.findText('new'), 8);
});

test('cleared, it has nothing and takes the same texts again', () => {
  const index = new TextIndex();
  for (let number = 0; number < 1000; number += 1) add(index, number, `text ${number}`);
  index.clear();
  assert.is(index.size, 0);
  assert.is(index.findText('text 7'), NOT_FOUND);
  add(index, 0, 'text 7');
  assert.is(index.findText('text 7'), 0);
});

test.run();
