import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Interned } from '../../src/qbittorrent/interned.ts';

const test = suite('interned texts');

test('a text is kept once, for as long as anyone uses it', () => {
  const step = fc.record({ place: fc.nat(9), text: fc.constantFrom('', 'films', 'music', 'a', 'b', 'c') });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const interned = new Interned();
      const places: number[] = new Array(10).fill(0);
      const plain: string[] = new Array(10).fill('');
      for (const { place, text } of steps) {
        const number = interned.take(text);
        interned.release(places[place] ?? 0);
        places[place] = number;
        plain[place] = text;
        assert.equal(
          places.map((each) => interned.textOf(each)),
          plain,
        );
        const used = new Set(plain.filter((each) => each !== ''));
        assert.is(interned.size, used.size);
        assert.is(new Set(places.filter((each) => each !== 0)).size, used.size);
      }
    }),
  );
});

test.run();
