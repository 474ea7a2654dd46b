/** What config/ gives to Grafana and Prometheus asks only for what there is. */
import { readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { trackerMachine } from '../../machines/tracker.machine.ts';
import { createBus } from '../../src/bus.ts';
import type { LimitCall } from '../../src/control/types.ts';
import { Metrics } from '../../src/metrics/metrics.ts';
import { regionStates } from '../../src/service/state-watch.ts';
import { type ExposedFamily, parseExposition } from '../support/exposition.ts';

const CONFIG = new URL('../../config/', import.meta.url);
const dashboard = JSON.parse(await readFile(new URL('grafana-dashboard.json', CONFIG), 'utf8'));
const alerts = parse(await readFile(new URL('prometheus-alerts.yaml', CONFIG), 'utf8'));
const families = await everyFamily();

const test = suite('dashboard and alert rules');

/** Of a service that has done a bit of everything, with the states that the machines really have. */
async function everyFamily(): Promise<Map<string, ExposedFamily>> {
  const bus = createBus(() => undefined);
  const machine = (region: 'service' | 'link' | 'cycle') => ({ states: regionStates(region), current: '' });
  const metrics = new Metrics({
    bus,
    report: () => ({
      version: '1',
      machines: { service: machine('service'), link: machine('link'), cycle: machine('cycle') },
      trackerStates: Object.keys(trackerMachine.states),
      trackers: [
        {
          id: 'a',
          state: 'within',
          uploadBps: 1,
          capBps: 1,
          effectiveCapBps: 1,
          borrowedBps: 0,
          lentBps: 0,
          cannotHold: false,
          isCapExceeded: false,
          torrents: 1,
          active: 1,
          managed: 1,
          standby: 1,
          standbyWaiting: 0,
          standbyBps: 1,
        },
      ],
      heldTorrents: 1,
      queuedCalls: 0,
      isEnforcing: true,
      isDryRun: false,
      isJournalWritable: true,
      rolloutPercentage: 100,
      lastCycleAt: 1,
      cycleIntervalMs: 1,
      controlIntervalMs: 1,
      isLoopSlow: false,
      fullReadsInARow: 0,
      areReadsFull: false,
      lastReadBytes: 1,
    }),
  });
  metrics.start();
  bus.emit('call:finished', { endpoint: 'sync/maindata', ok: true, durationMs: 1, at: 0 });
  bus.emit('limits:written', { cycle: 1, call: { kind: 'cut', changes: [] } as unknown as LimitCall, at: 0 });
  return parseExposition(await metrics.text());
}

interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
}

/** Every metric that a PromQL expression names, with what it asks of its labels. */
function selectorsIn(expression: string): Selector[] {
  return [...expression.matchAll(/\b((?:qguardarr|process|nodejs)_[a-z0-9_]+)(?:\{([^}]*)\})?/g)].map(
    ([, metric = '', labels = '']) => ({
      metric,
      matchers: [...labels.matchAll(/([a-z]+)(=~|!~|!=|=)"([^"]*)"/g)].map(
        ([, label = '', operator = '', value = '']) => ({ label, operator, value }),
      ),
    }),
  );
}

/** Prometheus adds these; variables of the dashboard stand for any value. */
const ADDED = new Set(['job', 'instance']);

/** Not an assertion: the last test sees it fail. */
function demand(holds: unknown, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

function check(expression: string): void {
  const selectors = selectorsIn(expression);
  demand(selectors.length > 0, `names no metric: ${expression}`);
  for (const { metric, matchers } of selectors) {
    const family = families.get(metric) ?? families.get(metric.replace(/_(bucket|sum|count)$/, ''));
    demand(family, `there is no ${metric}: ${expression}`);
    for (const { label, operator, value } of matchers) {
      if (ADDED.has(label)) continue;
      const values = (family?.samples ?? []).flatMap((sample) => sample.labels[label] ?? []);
      demand(values.length > 0, `${metric} has no label ${label}: ${expression}`);
      if (value.startsWith('$')) continue;
      const wanted = operator.endsWith('~') ? new RegExp(`^(?:${value})$`) : null;
      const isThere = values.some((there) => (wanted === null ? there === value : wanted.test(there)));
      demand(isThere, `no ${label} of ${metric} is ${value}: ${expression}`);
    }
  }
  const legendLabels = [...expression.matchAll(/by \(([a-z_, ]+)\)/g)].flatMap(([, by = '']) =>
    by.split(/, */),
  );
  for (const label of legendLabels.filter((name) => name !== 'le' && !ADDED.has(name))) {
    const isThere = selectors.some(({ metric }) => {
      const family = families.get(metric) ?? families.get(metric.replace(/_bucket$/, ''));
      return family?.samples.some((sample) => label in sample.labels);
    });
    demand(isThere, `no series has the label ${label}: ${expression}`);
  }
}

const panels: readonly { title: string; type: string; targets: { expr: string }[] }[] = dashboard.panels;

for (const { title, targets } of panels) {
  test(`panel "${title}" asks for what there is`, () => {
    assert.ok(targets.length > 0);
    for (const { expr } of targets) check(expr);
  });
}

test('the panels have ids of their own and do not overlap', () => {
  const ids = new Set(dashboard.panels.map((panel: { id: number }) => panel.id));
  assert.is(ids.size, panels.length);
  const cells = new Set<string>();
  for (const { gridPos } of dashboard.panels) {
    assert.ok(gridPos.x + gridPos.w <= 24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        assert.not.ok(cells.has(`${x},${y}`), `two panels at ${x},${y}`);
        cells.add(`${x},${y}`);
      }
    }
  }
});

test("the dashboard's variables ask for what there is", () => {
  for (const { type, definition } of dashboard.templating.list) if (type === 'query') check(definition);
});

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

const rules: readonly Rule[] = alerts.groups.flatMap((group: { rules: Rule[] }) => group.rules);

for (const { alert, expr, labels, annotations, ...rule } of rules) {
  test(`${alert} asks for what there is, and says what it means`, () => {
    check(expr);
    assert.match(rule.for, /^\d+m$/);
    assert.ok(['warning', 'critical'].includes(labels.severity));
    assert.ok(annotations.summary.length > 0 && annotations.description.length > 0);
  });
}

test('there are rules for a cap exceeded for a minute, offline, a pending rollback and a journal that fails', () => {
  const byName = new Map(rules.map((rule) => [rule.alert, rule]));
  // The metric itself has looked at a minute.
  assert.is(byName.get('QguardarrCapExceeded')?.for, '0m');
  for (const name of ['QguardarrOffline', 'QguardarrRollbackPending', 'QguardarrJournalNotWritable']) {
    assert.ok(byName.has(name), name);
  }
});

test('a metric or a state that is not there is found', () => {
  for (const wrong of [
    'qguardarr_nothing > 0',
    'qguardarr_link_state{state="onlin"} == 0',
    'qguardarr_link_state{status="online"} == 0',
    'sum by (colour) (qguardarr_link_state)',
  ]) {
    assert.throws(() => check(wrong), /there is no|has no label|no state|has the label/, wrong);
  }
});

test.run();
