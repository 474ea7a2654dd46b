import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Lasting, type Sign } from '../../src/control/lasting.ts';

const test = suite('what lasts for a minute');

/** Looks every 2 s; answers since when it lasts after each look, s. */
function looker(stepSeconds = 2) {
  const lasting = new Lasting();
  let second = 0;
  lasting.note('no', 0, 0);
  return (sign: Sign, looks = 1) => {
    for (let look = 0; look < looks; look += 1) {
      second += stepSeconds;
      lasting.note(sign, second * 1000, second * 1000);
    }
    return lasting.since === null ? null : lasting.since / 1000;
  };
}

test('it lasts from a full minute on, since its first look', () => {
  const look = looker();
  assert.is(look('yes', 29), null);
  assert.is(look('yes'), 2);
});

test('one good look neither ends it nor begins the count again', () => {
  const look = looker();
  look('yes', 20);
  look('no');
  assert.is(look('yes', 10), null);
  assert.is(look('yes'), 2, 'two looks later than without the good one');
  assert.is(look('no'), 2);
});

test('one bad look, even a long one, begins nothing', () => {
  assert.is(looker(600)('yes'), null);
  const look = looker();
  for (let round = 0; round < 100; round += 1) {
    look('yes');
    assert.is(look('no', 2), null);
  }
});

test('it ends after a good minute, and not before', () => {
  const look = looker();
  look('yes', 200);
  assert.is(look('no', 29), 2);
  assert.is(look('no'), null);
  assert.is(look('yes', 29), null, 'then it counts from zero');
});

test('more bad time than good adds up', () => {
  const look = looker();
  const rounds = Array.from({ length: 30 }, () => {
    look('yes', 6);
    return look('no', 4) !== null;
  });
  assert.is(rounds.indexOf(true), 12, 'of 20 s, each of which adds 4 s net');
});

test('what speaks for it in part counts half, and keeps it from ending', () => {
  const look = looker();
  assert.is(look('partly', 59), null);
  assert.is(look('partly'), 2);
  assert.is(look('partly', 100), 2);
  assert.is(look('no'), null, 'its minute has passed');
});

test.run();
