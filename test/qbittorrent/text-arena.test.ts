import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TextArena } from '../../src/qbittorrent/text-arena.ts';

const test = suite('text arena');

test('it gives back what was last put at each number, as a plain array would', () => {
  const write = fc.tuple(fc.nat(300), fc.string({ unit: 'grapheme', maxLength: 30 }));
  fc.assert(
    fc.property(fc.array(write, { maxLength: 200 }), (writes) => {
      const arena = new TextArena();
      const plain: string[] = [];
      for (const [index, text] of writes) {
        arena.set(index, text);
        plain[index] = text;
      }
      for (let index = 0; index <= 310; index += 1) assert.is(arena.get(index), plain[index] ?? '');
    }),
  );
});

test('texts survive as the buffer is packed, over and over', () => {
  const arena = new TextArena();
  const plain: string[] = [];
  for (let write = 0; write < 20_000; write += 1) {
    const index = (write * 7) % 500;
    const text = `${write} ${'é'.repeat(write % 90)}`;
    arena.set(index, text);
    plain[index] = text;
  }
  plain.forEach((text, index) => {
    assert.is(arena.get(index), text);
  });
});

test('what was abandoned is given back: a million renamings take no more room than the names', () => {
  const arena = new TextArena();
  for (let write = 0; write < 1_000_000; write += 1) arena.set(write % 100, `the name number ${write}`);
  assert.ok(arena.capacityBytes < 200_000, `${arena.capacityBytes} bytes for 100 names`);
  for (let index = 0; index < 100; index += 1) arena.set(index, '');
  assert.is(arena.get(99), '');
});

test('a text beyond 1024 bytes is cut, never within a character', () => {
  const arena = new TextArena();
  arena.set(0, `${'a'.repeat(1023)}€ and more`);
  arena.set(1, 'next');
  assert.is(arena.get(0), 'a'.repeat(1023));
  assert.is(arena.get(1), 'next');
});

test.run();
