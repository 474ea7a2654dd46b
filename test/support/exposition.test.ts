import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseExposition } from './exposition.ts';

const test = suite('the reader of expositions');

function exposed(...lines: string[]): string {
  return `${lines.join('\n')}\n`;
}

const GAUGE = ['# HELP g A gauge.', '# TYPE g gauge'];
const HISTOGRAM = ['# HELP h A histogram.', '# TYPE h histogram'];

test('reads families with their labels, escapes undone', () => {
  const families = parseExposition(
    exposed(
      ...GAUGE,
      'g{a="x\\\\y\\"z\\n",b=""} -1.5e3',
      'g +Inf',
      '',
      ...HISTOGRAM,
      'h_bucket{le="0.5"} 1',
      'h_bucket{le="+Inf"} 3',
      'h_sum 7',
      'h_count 3',
    ),
  );
  assert.equal([...families.keys()], ['g', 'h']);
  assert.equal(families.get('g')?.samples, [
    { name: 'g', labels: { a: 'x\\y"z\n', b: '' }, value: -1500 },
    { name: 'g', labels: {}, value: Infinity },
  ]);
  assert.is(families.get('h')?.samples.length, 4);
});

const REFUSED: readonly (readonly [what: string, lines: readonly string[], why: RegExp])[] = [
  ['a sample before its type', ['# HELP g A gauge.', 'g 1'], /before its HELP and TYPE/],
  ['a sample of nothing', ['g 1'], /before its HELP and TYPE/],
  ['a type after samples', [...GAUGE, 'g 1', '# TYPE g gauge'], /after samples/],
  ['a type twice', [...GAUGE, '# TYPE g gauge'], /twice/],
  ['a type that is none', ['# HELP g A gauge.', '# TYPE g gage'], /no type/],
  ['a family torn apart', [...GAUGE, 'g 1', ...HISTOGRAM, '# TYPE g gauge'], /told before/],
  ['a foreign sample', [...GAUGE, 'other 1'], /not of g/],
  ['a series twice', [...GAUGE, 'g{a="1",b="2"} 1', 'g{b="2",a="1"} 2'], /same series twice/],
  ['a label twice', [...GAUGE, 'g{a="1",a="2"} 1'], /label a twice/],
  ['a quote that is not escaped', [...GAUGE, 'g{a="x"y"} 1'], /labels can't be read/],
  ['an unknown escape', [...GAUGE, 'g{a="\\t"} 1'], /labels can't be read/],
  ['no number', [...GAUGE, 'g one'], /no number/],
  ['a counter without its ending', ['# HELP c A.', '# TYPE c counter', 'c 1'], /_total/],
  ['a negative counter', ['# HELP c_total A.', '# TYPE c_total counter', 'c_total -1'], /negative/],
  [
    'buckets that shrink',
    [...HISTOGRAM, 'h_bucket{le="1"} 2', 'h_bucket{le="+Inf"} 1', 'h_sum 1', 'h_count 1'],
    /at least/,
  ],
  [
    'bounds that shrink',
    [
      ...HISTOGRAM,
      'h_bucket{le="2"} 1',
      'h_bucket{le="1"} 1',
      'h_bucket{le="+Inf"} 1',
      'h_sum 1',
      'h_count 1',
    ],
    /grow/,
  ],
  ['no infinite bucket', [...HISTOGRAM, 'h_bucket{le="1"} 1', 'h_sum 1', 'h_count 1'], /\+Inf/],
  ['a count of its own', [...HISTOGRAM, 'h_bucket{le="+Inf"} 1', 'h_sum 1', 'h_count 2'], /not the count/],
  ['a histogram without a sum', [...HISTOGRAM, 'h_bucket{le="+Inf"} 1', 'h_count 1'], /no sum/],
  ['a type and no more', ['# TYPE g gauge'], /missing/],
];

for (const [what, lines, why] of REFUSED) {
  test(`refuses ${what}`, () => {
    assert.throws(() => parseExposition(exposed(...lines)), why);
  });
}

test('refuses a text that breaks off', () => {
  assert.throws(() => parseExposition('# TYPE g gauge'), /no end/);
});

test.run();
