import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AnnounceSets } from '../../src/qbittorrent/announce-sets.ts';

const test = suite('announce sets');
const ONE = 'https://one.example/announce';
const TWO = 'https://two.example/announce';

test('sets of the same URLs in the same order are the same number and the same array, by whatever way', () => {
  const step = fc.record({ add: fc.boolean(), url: fc.constantFrom(ONE, TWO, 'udp://three.example:80') });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const sets = new AnnounceSets();
      let set = 0;
      let plain: string[] = [];
      const numbers = new Map([['[]', 0]]);
      for (const { add, url } of steps) {
        set = add ? sets.with(set, url) : sets.without(set, url);
        if (!add) plain = plain.filter((other) => other !== url);
        else if (!plain.includes(url)) plain = [...plain, url];
        assert.equal(sets.urlsOf(set), plain);
        assert.is(sets.has(set, url), add);
        const text = JSON.stringify(plain);
        assert.is(numbers.get(text) ?? set, set);
        numbers.set(text, set);
      }
    }),
  );
});

test('the tracker in use comes first, also when the set does not name it', () => {
  const sets = new AnnounceSets();
  const both = sets.with(sets.with(0, ONE), TWO);
  assert.equal(sets.urlsOf(sets.startingWith(both, TWO)), [TWO, ONE]);
  assert.is(sets.startingWith(both, ONE), both);
  assert.equal(sets.urlsOf(sets.startingWith(0, TWO)), [TWO]);
  assert.equal(sets.urlsOf(both), [ONE, TWO], 'a set never changes');
});

test('what is no announce URL is never put first', () => {
  const sets = new AnnounceSets();
  const one = sets.with(0, ONE);
  for (const text of ['', '** [DHT] **', 'nonsense']) assert.is(sets.startingWith(one, text), one);
});

test.run();
