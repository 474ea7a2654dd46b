import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MIB, UNLIMITED } from '../../src/control/units.ts';
import { chart } from './chart.ts';
import type { Program } from './program.ts';
import type { Trace } from './trace.ts';

const test = suite('lab chart');

const PROGRAM: Program = {
  name: 'test',
  about: 'Less < more & "so on".',
  strategy: 'equal',
  seconds: 20,
  trackers: [
    { id: 'a', capBps: 2 * MIB },
    { id: 'free', capBps: UNLIMITED },
  ],
  torrents: [
    { tracker: 'a', demand: { kind: 'constant', bps: Number.POSITIVE_INFINITY } },
    { tracker: 'free', demand: { kind: 'constant', bps: MIB } },
  ],
};

function traceOf(program: Program, more: Partial<Trace> = {}): Trace {
  return {
    program: program.name,
    strategy: 'equal',
    version: '4.5.2',
    seconds: 20,
    bytes: program.torrents.map(() => Array<number>(20).fill(MIB)),
    limits: [],
    beliefs: [],
    calls: 0,
    writes: 0,
    service: null,
    busy: {},
    ...more,
  };
}

/** Every path that is drawn in the colour, as its points. */
function pathsOf(svg: string, colour: string): { readonly x: number; readonly y: number }[][] {
  return [...svg.matchAll(/<path d="([^"]+)"([^>]*)>/g)]
    .filter(([, path = '', attributes = '']) => attributes.includes(colour) && path.includes('L'))
    .map(([, path = '']) =>
      [...path.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) })),
    );
}

function panelsOf(svg: string): string[] {
  return [...svg.matchAll(/>(tracker [^,<]+|all together), MiB\/s</g)].map(([, name = '']) => name);
}

test('capped trackers have a panel each, and their sum one when there are several', () => {
  assert.equal(panelsOf(chart(PROGRAM, traceOf(PROGRAM))), ['tracker a']);
  const both = { ...PROGRAM, trackers: PROGRAM.trackers.map(({ id }) => ({ id, capBps: MIB })) };
  assert.equal(panelsOf(chart(both, traceOf(both))), ['tracker a', 'tracker free', 'all together']);
});

test('what is written into it is escaped, and no value is NaN or infinite', () => {
  const program: Program = { ...PROGRAM, changes: [{ atSecond: 5, caps: { a: UNLIMITED } }] };
  const svg = chart(program, traceOf(program));
  assert.match(svg, 'Less &lt; more &amp; "so on".');
  assert.not.match(svg, /NaN|Infinity|undefined/);
  assert.match(svg, /^<svg [^>]+>[\s\S]+<\/svg>\n$/);
});

test('the cap is a step at the second of the change, and upload at twice it is drawn above', () => {
  const program: Program = { ...PROGRAM, changes: [{ atSecond: 10, caps: { a: MIB / 2 } }] };
  const svg = chart(program, traceOf(program));
  const [cap = []] = pathsOf(svg, '#dc2626');
  const heights = [...new Set(cap.map(({ y }) => y))];
  assert.is(heights.length, 2);
  const left = Math.min(...cap.map(({ x }) => x));
  const right = Math.max(...cap.map(({ x }) => x));
  const lowered = Math.min(...cap.filter(({ y }) => y === heights[1]).map(({ x }) => x));
  assert.ok(Math.abs((lowered - left) / (right - left) - 0.5) < 0.01);
  const [upload = []] = pathsOf(svg, '#93c5fd');
  assert.ok((upload[0]?.y ?? 0) < (heights[1] ?? 0));
  assert.ok((upload[0]?.y ?? 0) > (heights[0] ?? 0));
});

test('a limit is drawn from its write to the next, and broken where it is lifted', () => {
  const limits = [
    { atMs: -4000, torrents: [0], limitBps: MIB / 2 },
    { atMs: 5000, torrents: [1], limitBps: 1024 },
    { atMs: 10_000, torrents: [0], limitBps: 0 },
  ];
  const paths = pathsOf(chart(PROGRAM, traceOf(PROGRAM, { limits })), '#d97706');
  assert.is(paths.length, 1);
  assert.is(paths[0]?.length, 2);
});

test('too many torrents to tell apart are left out', () => {
  const [torrent] = PROGRAM.torrents;
  if (torrent === undefined) throw new Error('expected a torrent');
  const crowd = { ...PROGRAM, torrents: Array<typeof torrent>(30).fill(torrent) };
  assert.not.match(chart(crowd, traceOf(crowd)), 'each torrent');
  assert.match(chart(PROGRAM, traceOf(PROGRAM)), 'each torrent');
});

test.run();
