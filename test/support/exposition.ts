/**
 * A strict reader of Prometheus's text format, 0.0.4: what Prometheus itself refuses, and what promtool finds fault
 * with. Throws with the line and the reason.
 */

export interface ExposedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ExposedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ExposedSample[];
}

interface OpenFamily {
  readonly name: string;
  type: string | null;
  help: string | null;
  readonly samples: ExposedSample[];
}

const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];
const META = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: (-?\d+))?$/;
/** A name, and a value in quotes in which only \\, \" and \n are escapes. */
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;
const PARTS_OF: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

export function parseExposition(text: string): Map<string, ExposedFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, OpenFamily>();
  const seen = new Set<string>();
  let current = null as OpenFamily | null;
  for (const [index, line] of text.slice(0, -1).split('\n').entries()) {
    const fail = (why: string): never => {
      throw new Error(`line ${index + 1}, ${JSON.stringify(line)}: ${why}`);
    };
    if (line === '') continue;
    if (line.startsWith('#')) {
      const [, keyword, name = '', rest = ''] =
        META.exec(line) ?? fail('neither HELP nor TYPE with a name and a text');
      if (current?.name !== name) {
        if (families.has(name)) fail('its family has been told before');
        current = { name, type: null, help: null, samples: [] };
        families.set(name, current);
      }
      if (current.samples.length > 0) fail('after samples of its family');
      if (current[keyword === 'HELP' ? 'help' : 'type'] !== null) fail('twice');
      if (keyword === 'HELP') current.help = rest;
      else if (TYPES.includes(rest)) current.type = rest;
      else fail(`no type of Prometheus: ${rest}`);
      continue;
    }
    const [, name = '', labelText = '', valueText = ''] = SAMPLE.exec(line) ?? fail('no sample');
    if (current === null || current.type === null || current.help === null)
      return fail('before its HELP and TYPE');
    const parts = PARTS_OF[current.type] ?? [''];
    const family = current.name;
    if (!parts.some((part) => name === family + part)) fail(`not of ${family}, a ${current.type}`);
    const labels = labelsOf(labelText, fail);
    const series = `${name}${JSON.stringify(Object.entries(labels).sort())}`;
    if (seen.has(series)) fail('the same series twice');
    seen.add(series);
    current.samples.push({ name, labels, value: numberIn(valueText, fail) });
  }
  return new Map([...families].map(([name, family]) => [name, checked(family)]));
}

function labelsOf(text: string, fail: (why: string) => never): Record<string, string> {
  const labels: Record<string, string> = {};
  let at = 0;
  while (at < text.length) {
    LABEL.lastIndex = at;
    const [whole, name = '', value = ''] = LABEL.exec(text) ?? fail(`labels can't be read from ${at} on`);
    if (Object.hasOwn(labels, name)) fail(`the label ${name} twice`);
    labels[name] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    at += whole.length;
  }
  return labels;
}

function numberIn(text: string, fail: (why: string) => never): number {
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : fail('no number');
}

function checked({ name, type, help, samples }: OpenFamily): ExposedFamily {
  const fail = (why: string): never => {
    throw new Error(`${name}: ${why}`);
  };
  if (type === null || help === null) return fail('HELP or TYPE is missing');
  if (type === 'counter') {
    if (!name.endsWith('_total')) fail('a counter ends in _total');
    if (samples.some(({ value }) => !(value >= 0))) fail('a counter is never negative');
  }
  if (type === 'histogram') checkHistogram(name, samples, fail);
  return { name, type, help, samples };
}

function checkHistogram(name: string, samples: readonly ExposedSample[], fail: (why: string) => never): void {
  const groups = new Map<string, { buckets: [number, number][]; sums: number; count: number | null }>();
  for (const { name: part, labels, value } of samples) {
    const { le, ...rest } = labels;
    const key = JSON.stringify(Object.entries(rest).sort());
    const group = groups.get(key) ?? { buckets: [], sums: 0, count: null };
    groups.set(key, group);
    if (part === `${name}_bucket`)
      group.buckets.push([numberIn(le ?? '', () => fail('a bucket without le')), value]);
    else if (le !== undefined) fail(`le on ${part}`);
    else if (part === `${name}_sum`) group.sums += 1;
    else group.count = value;
  }
  for (const [key, { buckets, sums, count }] of groups) {
    const sorted = buckets.every(([le], index) => le > (buckets[index - 1]?.[0] ?? -Infinity));
    if (!sorted) fail(`bounds don't grow: ${key}`);
    if (buckets.some(([, value], index) => value < (buckets[index - 1]?.[1] ?? 0))) {
      fail(`buckets must hold at least what those before hold: ${key}`);
    }
    if (buckets.at(-1)?.[0] !== Infinity) fail(`no +Inf bucket: ${key}`);
    if (buckets.at(-1)?.[1] !== count) fail(`the +Inf bucket is not the count: ${key}`);
    if (sums !== 1) fail(`no sum: ${key}`);
  }
}
