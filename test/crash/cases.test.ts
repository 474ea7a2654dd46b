import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allCases, killedAgain, placeOf, sampleOf } from './cases.ts';
import { resultTable } from './table.ts';

const test = suite('the cases of the crash matrix');

const CROSSED = [
  'start | open: rewrite renamed',
  'first limits | setUploadLimit: answered',
  'first limits | setUploadLimit: answered',
  'first limits | setUploadLimit: answered',
  'first limits | confirm ended',
  'rollback | closeOriginals: append half done',
];

test('are the first and the last time at each boundary, and a power cut where it matters', () => {
  const cases = allCases(CROSSED).map(({ target }) => [
    CROSSED.indexOf(target.boundary ?? ''),
    target.occurrence,
    target.powerCut,
  ]);
  assert.equal(cases, [
    [0, 1, false],
    [0, 1, true],
    [1, 1, false],
    [1, 3, false],
    [1, 3, true],
    [4, 1, false],
    [4, 1, true],
    [5, 1, false],
  ]);
});

test('are recovered from in both ways', () => {
  assert.equal(new Set(allCases(CROSSED).map(({ recovery }) => recovery)).size, 2);
});

test('are told by place and moment', () => {
  const places = [...new Set(allCases(CROSSED).map(placeOf))];
  assert.equal(places, [
    'opening, journal: rewrite renamed',
    'opening, journal: rewrite renamed (power cut)',
    'enforcing, API write: answered',
    'enforcing, API write: answered (power cut)',
    'enforcing, confirm ended',
    'enforcing, confirm ended (power cut)',
    'rollback, journal: append half done',
  ]);
});

test('are sampled, and killed again, as the seed says', () => {
  const cases = allCases(CROSSED);
  const sample = sampleOf(cases, 3, 7);
  assert.is(new Set(sample).size, 3);
  assert.equal(sampleOf(cases, 3, 7), sample);
  assert.not.equal(sampleOf(cases, 3, 8), sample);
  assert.is(sampleOf(cases, 99, 7).length, cases.length);
  assert.equal(killedAgain(sample, 7), killedAgain(sample, 7));
  assert.ok(killedAgain(sample, 7).every(({ again }) => again !== null && again.occurrence >= 1));
});

test('are summed up by place, survivors and lost torrents', () => {
  const rows = [
    { place: 'b', lost: 0, problem: null },
    { place: 'a', lost: 2, problem: 'two have the wrong one' },
    { place: 'b', lost: 0, problem: 'it hung' },
  ];
  assert.equal(
    resultTable(rows)
      .split('\n')
      .map((line) => line.trim().split(/\s+/)),
    [
      ['step', 'cases', 'survived', 'lost'],
      ['a', '1', '0', '2'],
      ['b', '2', '1', '0'],
      ['all', '3', '1', '2'],
    ],
  );
});

test.run();
