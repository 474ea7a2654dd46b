import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allCases, disturbedCases, journalCases, killedAgain, placeOf, sampleOf } from './cases.ts';
import type { Disturbance } from './disturbances/disturbance.ts';
import { resultTable } from './table.ts';

const test = suite('the cases of the crash matrix');

const CROSSED = [
  'start | open: rewrite renamed',
  'first limits | cycle: applying',
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
    [2, 1, false],
    [2, 3, false],
    [2, 3, true],
    [5, 1, false],
    [5, 1, true],
    [6, 1, false],
  ]);
});

test('are recovered from in both ways', () => {
  assert.equal(new Set(allCases(CROSSED).map(({ recovery }) => recovery)).size, 2);
});

test('are named by place and moment', () => {
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

const CENSUSES = [
  { version: '5.1.0', isDry: false, crossed: CROSSED },
  { version: '5.3.0', isDry: false, crossed: [...CROSSED, 'stop | setClientData: answered'] },
  { version: '5.1.0', isDry: true, crossed: ['start | open: fsync done'] },
] as const;
const nothing = { name: 'nothing', happens: async () => {} };

test('with a disturbance are at each boundary that is not within a write, on each version of the client', () => {
  const placed = (disturbance: Disturbance) =>
    disturbedCases(disturbance, CENSUSES, 1).map(({ version, target }) => [
      version,
      target.boundary,
      target.occurrence,
    ]);
  const whole = [
    ['start | open: rewrite renamed', 1],
    ['first limits | cycle: applying', 1],
    ['first limits | setUploadLimit: answered', 1],
    ['first limits | setUploadLimit: answered', 3],
    ['first limits | confirm ended', 1],
  ] as const;
  const on = (version: string) => whole.map(([boundary, time]) => [version, boundary, time]);
  const marker = ['5.3.0', 'stop | setClientData: answered', 1];
  assert.equal(placed(nothing), [...on('5.1.0'), ...on('5.3.0'), marker]);
  assert.equal(placed({ ...nothing, version: '5.1.0' }), on('5.1.0'));
  assert.equal(placed({ ...nothing, version: '5.3.0', notIn: ['start', 'first limits'] }), [marker]);
  assert.equal(placed({ ...nothing, startsDry: true }), [['5.1.0', 'start | open: fsync done', 1]]);
});

test('with a rollback on the command line afterwards are only of disturbances that it does for', () => {
  const recoveries = (bySelf: boolean) =>
    new Set(disturbedCases({ ...nothing, bySelf }, CENSUSES, 1).map(({ recovery }) => recovery));
  assert.equal([...recoveries(false)], ['recover']);
  assert.is(recoveries(true).size, 2);
});

test('beside other journals copy an older one before the kill', () => {
  const cases = journalCases(CROSSED, 3);
  assert.equal([...new Set(cases.map(({ beside }) => beside))], ['lost', 'older', "another client's"]);
  assert.is(cases.length, 3 * 5);
  for (const { copyAt, target } of cases) {
    assert.ok(copyAt >= 1 && copyAt <= Math.max(1, CROSSED.indexOf(target.boundary ?? '')), String(copyAt));
  }
});

test('are summed up by place, survivors and lost torrents', () => {
  const rows = [
    { place: 'b', lost: 0, either: 1, problem: null },
    { place: 'a', lost: 2, either: 0, problem: 'two have the wrong one' },
    { place: 'b', lost: 0, either: 2, problem: 'it hung' },
  ];
  assert.equal(
    resultTable('step', rows)
      .split('\n')
      .map((line) => line.trim().split(/\s+/)),
    [
      ['step', 'cases', 'survived', 'lost', 'either'],
      ['a', '1', '0', '2', '0'],
      ['b', '2', '1', '0', '3'],
      ['all', '3', '1', '2', '3'],
    ],
  );
});

test.run();
