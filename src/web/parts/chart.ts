import uPlot from 'uplot';
import { h } from '../dom.ts';
import { rate } from '../format.ts';
import type { Series } from '../live/series.ts';
import { onThemeChange } from '../theme.ts';

const HEIGHT = 132;
const SPAN_S = 600;
/** A chart that has just begun shows what there is at a scale that can be read. */
const LEAST_SPAN_S = 120;
const KIB = 1024;

export interface UsageChart {
  readonly element: HTMLElement;
  draw(series: Series, label: string): void;
  stop(): void;
}

/** Upload of the last ten minutes under the line of the cap. */
export function usageChart(): UsageChart {
  const box = h('div', { class: 'chart', role: 'img' });
  let plot: uPlot | null = null;
  let last: Series = { at: [], usage: [], cap: [] };

  const dataOf = ({ at, usage, cap }: Series): uPlot.AlignedData => [at, usage, cap];
  const build = () => {
    plot?.destroy();
    plot = box.clientWidth === 0 ? null : new uPlot(optionsFor(box), dataOf(last), box);
  };
  const resize = new ResizeObserver(() => {
    if (plot === null) build();
    else if (plot.width !== box.clientWidth) plot.setSize({ width: box.clientWidth, height: HEIGHT });
  });
  resize.observe(box);
  const endTheme = onThemeChange(build);

  return {
    element: box,
    draw(series, label) {
      last = series;
      box.setAttribute('aria-label', label);
      if (plot === null) build();
      else plot.setData(dataOf(series));
    },
    stop() {
      resize.disconnect();
      endTheme();
      plot?.destroy();
    },
  };
}

function optionsFor(box: HTMLElement): uPlot.Options {
  const style = getComputedStyle(box);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--muted'),
    font: `11px ${style.fontFamily}`,
    ticks: { show: false },
    grid: { stroke: colour('--line'), width: 1 },
  };
  return {
    width: box.clientWidth,
    height: HEIGHT,
    padding: [8, 14, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: {
        time: true,
        range: (_plot, min, max) => [max - Math.min(SPAN_S, Math.max(LEAST_SPAN_S, max - min)), max],
      },
      y: { range: (_plot, _min, max) => [0, topOf(max)] },
    },
    axes: [
      {
        ...axis,
        size: 22,
        space: 70,
        grid: { show: false },
        values: (_plot, splits) => splits.map(clockTime),
      },
      {
        ...axis,
        size: 58,
        space: 34,
        splits: (_plot, _index, min, max) => [min, max / 2, max].slice(0, 3),
        values: (_plot, splits) => splits.map((bps) => (bps === 0 ? '0' : short(rate(bps)))),
      },
    ],
    series: [
      {},
      {
        stroke: colour('--usage'),
        fill: colour('--usage-fill'),
        width: 1.5,
        points: { show: false },
      },
      { stroke: colour('--cap'), width: 1.5, dash: [5, 4], points: { show: false } },
    ],
  };
}

/** "1.20 MiB/s" → "1.2 MiB/s". */
function short(text: string): string {
  return text.replace(/^[\d.]+/, (figure) => String(Number(figure)));
}

/** The next round figure above, so that the axis doesn't move with every sample. */
function topOf(max: number | null): number {
  const wanted = Math.max((max ?? 0) * 1.12, 16 * KIB);
  const unit = wanted >= 1000 * KIB ? KIB * KIB : KIB;
  const magnitude = 10 ** Math.floor(Math.log10(wanted / unit));
  const steps = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10];
  const step = steps.find((candidate) => candidate * magnitude * unit >= wanted) ?? 10;
  return step * magnitude * unit;
}

function clockTime(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}
