/**
 * A run as one SVG picture: a panel for each capped tracker, and one for their sum, with upload over time, the
 * cap and what was feasible; below each tracker its torrents and their limits. Pure; drawn for a white ground.
 */
import { total } from '../../src/control/sum.ts';
import { MIB } from '../../src/control/units.ts';
import { uploadOf } from './measures.ts';
import { type Program, torrentsOf } from './program.ts';
import type { Trace } from './trace.ts';
import { everCapped, togetherOf, worldOf } from './world.ts';

const WIDTH = 960;
const MARGIN = { left: 64, right: 150, top: 66 };
const PANEL = { height: 170, gap: 44 };
const TORRENTS = { height: 90, gap: 34 };
const PLOT_WIDTH = WIDTH - MARGIN.left - MARGIN.right;
const MEAN_SECONDS = 5;
/** More lines than this say nothing: such a tracker's torrents are left out. */
const MOST_TORRENTS = 24;

const COLOUR = {
  text: '#1f2937',
  faint: '#6b7280',
  grid: '#e5e7eb',
  upload: '#93c5fd',
  mean: '#1d4ed8',
  cap: '#dc2626',
  feasible: '#059669',
  torrent: '#64748b',
  limit: '#d97706',
  change: '#a855f7',
} as const;

type Point = readonly [second: number, bps: number];

interface Scale {
  readonly x: (second: number) => number;
  readonly y: (bps: number) => number;
  readonly topBps: number;
}

/** @returns an SVG document */
export function chart(program: Program, trace: Trace): string {
  const world = worldOf(program, trace.seconds);
  const capped = everCapped(world);

  const parts: string[] = [];
  let top = MARGIN.top;
  for (const ids of [...capped.map((id) => [id]), ...(capped.length > 1 ? [capped] : [])]) {
    const [only] = ids;
    const name = ids.length === 1 ? `tracker ${only}` : 'all together';
    const lines = {
      upload: uploadOf(program, trace, ids),
      caps: togetherOf(world, ids, world.caps),
      feasible: togetherOf(world, ids, world.feasible),
    };
    parts.push(uploadPanel(name, lines, top, program));
    top += PANEL.height;
    const indexes = ids.length === 1 && only !== undefined ? torrentsOf(program, only) : [];
    if (indexes.length > 0 && indexes.length <= MOST_TORRENTS) {
      parts.push(torrentPanel(indexes, trace, top + TORRENTS.gap));
      top += TORRENTS.gap + TORRENTS.height;
    }
    top += PANEL.gap;
  }
  const height = top;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
      `font-family="system-ui, sans-serif" font-size="11" fill="${COLOUR.text}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(
      MARGIN.left,
      22,
      `${trace.program}, ${trace.strategy}, qBittorrent ${trace.version}`,
      'font-size="15" font-weight="600"',
    ),
    text(MARGIN.left, 38, program.about, `fill="${COLOUR.faint}"`),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function uploadPanel(
  name: string,
  lines: {
    readonly upload: readonly number[];
    readonly caps: readonly number[];
    readonly feasible: readonly number[];
  },
  top: number,
  program: Program,
): string {
  const { upload, caps, feasible } = lines;
  const shown = [...upload, ...caps, ...feasible].filter(Number.isFinite);
  const scale = scaleOf(upload.length, shown, top, PANEL.height);
  const mean = upload.map((_, second): Point => {
    const window = upload.slice(Math.max(0, second - MEAN_SECONDS + 1), second + 1);
    return [second + 1, total(window) / window.length];
  });
  const changes = (program.changes ?? []).map(({ atSecond }) => {
    const x = round(scale.x(atSecond));
    return `<path d="M${x} ${top}V${top + PANEL.height}" stroke="${COLOUR.change}" stroke-dasharray="1 3"/>`;
  });
  const legend = legendOf(top, [
    ['upload per second', COLOUR.upload, 'stroke-width="1.5"'],
    [`mean of ${MEAN_SECONDS} s`, COLOUR.mean, 'stroke-width="2"'],
    ['cap', COLOUR.cap, 'stroke-width="1.5"'],
    ['feasible', COLOUR.feasible, 'stroke-width="1.5" stroke-dasharray="5 3"'],
    ...(changes.length > 0
      ? [['user changes', COLOUR.change, 'stroke-dasharray="1 3"'] as [string, string, string]]
      : []),
  ]);
  return [
    frame(scale, upload.length, top, PANEL.height, `${name}, MiB/s`),
    ...changes,
    line(scale, steps(feasible), `stroke="${COLOUR.feasible}" stroke-width="1.5" stroke-dasharray="5 3"`),
    line(scale, steps(upload), `stroke="${COLOUR.upload}" stroke-width="1.5"`),
    line(scale, mean, `stroke="${COLOUR.mean}" stroke-width="2"`),
    line(scale, steps(caps), `stroke="${COLOUR.cap}" stroke-width="1.5"`),
    legend,
  ].join('\n');
}

function torrentPanel(indexes: readonly number[], trace: Trace, top: number): string {
  const rates = indexes.map((index) => trace.bytes[index] ?? []);
  const limits = indexes.map((index) => limitSteps(index, trace));
  const highest = Math.max(0, ...rates.flat());
  // A limit far over all that moves would flatten the rest: it runs along the upper edge.
  const scale = scaleOf(trace.seconds, [highest * 1.1], top, TORRENTS.height);
  return [
    frame(scale, trace.seconds, top, TORRENTS.height, 'each torrent, MiB/s'),
    ...limits.map((points) =>
      line(scale, points, `stroke="${COLOUR.limit}" stroke-width="0.8" stroke-opacity="0.55"`),
    ),
    ...rates.map((bytes) =>
      line(
        scale,
        bytes.map((bps, second): Point => [second + 0.5, bps]),
        `stroke="${COLOUR.torrent}" stroke-width="0.8" stroke-opacity="0.6"`,
      ),
    ),
    legendOf(top, [
      ['rate', COLOUR.torrent, ''],
      ['limit', COLOUR.limit, ''],
    ]),
  ].join('\n');
}

/** From its first limit on; where there is none the line is broken. */
function limitSteps(index: number, trace: Trace): Point[] {
  const own = trace.limits.filter(({ torrents }) => torrents.includes(index));
  const points = own.flatMap(({ atMs, limitBps }, change): Point[] => {
    const bps = limitBps === 0 ? Number.POSITIVE_INFINITY : limitBps;
    const until = own[change + 1]?.atMs ?? trace.seconds * 1000;
    return [
      [Math.max(0, atMs / 1000), bps],
      [Math.min(trace.seconds, until / 1000), bps],
    ];
  });
  return points.filter(([second]) => second <= trace.seconds);
}

/** Each second's value from its start to its end. */
function steps(values: readonly number[]): Point[] {
  return values.flatMap((bps, second): Point[] => [
    [second, bps],
    [second + 1, bps],
  ]);
}

function scaleOf(seconds: number, shown: readonly number[], top: number, height: number): Scale {
  const topBps = Math.max(1024, ...shown) * 1.05;
  return {
    x: (second) => MARGIN.left + (second / seconds) * PLOT_WIDTH,
    y: (bps) => top + height - (Math.min(bps, topBps) / topBps) * height,
    topBps,
  };
}

/** Values that aren't finite break the line. */
function line(scale: Scale, points: readonly Point[], attributes: string): string {
  let path = '';
  let pen = 'M';
  for (const [second, bps] of points) {
    if (Number.isFinite(bps)) path += `${pen}${round(scale.x(second))} ${round(scale.y(bps))}`;
    pen = Number.isFinite(bps) ? 'L' : 'M';
  }
  return path === '' ? '' : `<path d="${path}" fill="none" ${attributes}/>`;
}

function frame(scale: Scale, seconds: number, top: number, height: number, title: string): string {
  const parts = [text(MARGIN.left, top - 5, title, 'font-weight="600"')];
  for (const bps of ticks(scale.topBps, MIB, Math.max(2, Math.floor(height / 40)))) {
    const y = round(scale.y(bps));
    parts.push(`<path d="M${MARGIN.left} ${y}H${MARGIN.left + PLOT_WIDTH}" stroke="${COLOUR.grid}"/>`);
    const label = Number((bps / MIB).toPrecision(3)).toString();
    parts.push(text(MARGIN.left - 6, y + 4, label, `text-anchor="end" fill="${COLOUR.faint}"`));
  }
  for (const second of ticks(seconds, 1, 8)) {
    const x = round(scale.x(second));
    const label = second === 0 ? '0 s' : String(second);
    parts.push(text(x, top + height + 13, label, `text-anchor="middle" fill="${COLOUR.faint}"`));
  }
  return parts.join('\n');
}

/** Values from 0 on that are round in the unit, about so many of them. */
function ticks(top: number, unit: number, count: number): number[] {
  const rough = top / unit / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power * unit;
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step);
}

function legendOf(
  top: number,
  entries: readonly (readonly [label: string, colour: string, attributes: string])[],
): string {
  const x = MARGIN.left + PLOT_WIDTH + 14;
  return entries
    .map(([label, colour, attributes], index) => {
      const y = top + 8 + index * 16;
      return (
        `<path d="M${x} ${y}h18" stroke="${colour}" fill="none" ${attributes}/>` +
        text(x + 24, y + 4, label, `fill="${COLOUR.faint}"`)
      );
    })
    .join('\n');
}

function text(x: number, y: number, content: string, attributes: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
