import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BODIES } from '../../../src/http/codecs.ts';
import { bodySchema } from '../../../src/http/description/document.ts';
import { OPERATIONS } from '../../../src/http/description/operations.ts';
import { routes } from '../../../src/http/routes/index.ts';
import { DOCUMENT, operationAt, responseOf, violations } from './contract.ts';

test('every route is described, and nothing else is', () => {
  const mounted = routes.map(({ method, path }) => `${method} ${path}`).sort();
  const described = Object.entries(DOCUMENT.paths)
    .flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    )
    .sort();
  assert.equal(described, mounted);
  assert.equal(Object.keys(OPERATIONS).sort(), mounted);
});

test('every reference leads somewhere, and every schema is referred to', () => {
  const text = JSON.stringify(DOCUMENT);
  const referred = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name));
  const live = ['LiveState', 'LiveStats', 'LiveLink', 'LiveCycle'];
  assert.equal([...referred, ...live].sort(), Object.keys(DOCUMENT.components.schemas).sort());
});

test('operations have ids of their own, and answers of which each says what it is', () => {
  const operations = Object.values(DOCUMENT.paths).flatMap((each) => Object.values(each));
  assert.is(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
  assert.is(operationAt('GET', '/preview/next-cycle').operationId, 'getPreviewNextCycle');
  for (const operation of operations) {
    const statuses = Object.keys(operation.responses);
    assert.ok(
      statuses.some((status) => status.startsWith('2')),
      operation.operationId,
    );
    for (const status of statuses) {
      assert.ok(responseOf(operation, status)?.description, `${operation.operationId} ${status}`);
    }
  }
});

test('it is small, as it is read by people and kept by their tools', () => {
  assert.ok(JSON.stringify(DOCUMENT).length < 72 * 1024, `${JSON.stringify(DOCUMENT).length}`);
});

/** Bodies that the codecs take or refuse; the schema must see it the same way. */
const BODY_CASES: readonly (readonly [keyof typeof BODIES, unknown])[] = [
  ['nothing', {}],
  ['nothing', { x: 1 }],
  ['login', { key: 'k' }],
  ['login', {}],
  ['login', { key: '' }],
  ['webhook', { event: 'add' }],
  ['webhook', { event: 'add', hash: 'A'.repeat(40), name: null, whatever: 1 }],
  ['webhook', { event: 'explode' }],
  ['webhook', { event: 'add', hash: 'xyz' }],
  ['webhook', { event: 'add', hash: '-' }],
  ['rollback', { confirm: true }],
  ['rollback', { confirm: true, reason: 'x', hashes: ['a'.repeat(40)] }],
  ['rollback', { confirm: false }],
  ['rollback', { confirm: true, hashes: [] }],
  ['rollback', { confirm: true, hashes: ['x'] }],
  ['rollback', { confirm: true, reason: 'x'.repeat(501) }],
  ['rollback', { confirm: true, tracker_id: '' }],
  ['limitsReset', { confirm: true, scope: 'all', mark_restored: false }],
  ['limitsReset', { confirm: true, scope: 'some' }],
  ['smoothing', { all: true }],
  ['smoothing', { tracker_id: 'x' }],
  ['smoothing', { all: false }],
  ['smoothing', {}],
  ['rollout', { percentage: 1 }],
  ['rollout', { percentage: 0 }],
  ['rollout', { percentage: 1.5 }],
  ['rollout', { action: 'start' }],
  ['rollout', { action: 'stop' }],
  [
    'rollout',
    { action: 'start', plan: { steps: [{ percentage: 5, hold: 60 }], on_gate_failure: 'rollback' } },
  ],
  ['rollout', { action: 'start', plan: { steps: [{ percentage: 5 }] } }],
  ['rollout', { action: 'start', plan: { steps: [{ percentage: 101, hold: 60 }] } }],
  ['rollout', { action: 'start', plan: { step: [] } }],
  ['rollout', { action: 'start', plan: { max_latency_ms: 0 } }],
];

test('what the codecs take, the schemas take, and nothing else', () => {
  for (const [name, value] of BODY_CASES) {
    const codecs = BODIES[name];
    const taken = codecs.some((codec) => codec.decode(value)._tag === 'Right');
    const allowed = codecs.some((codec) => violations(bodySchema(codec), value).length === 0);
    assert.is(allowed, taken, `${name} ${JSON.stringify(value)}`);
  }
});

test('parameters have the ranges and defaults that the service goes by', () => {
  const { parameters = [] } = operationAt('GET', '/journal');
  const schemas = Object.fromEntries(parameters.map(({ name, schema }) => [name, schema]));
  assert.equal(schemas.limit, { type: 'integer', minimum: 1, maximum: 500, default: 100 });
  assert.equal(schemas.kind, { enum: ['original', 'change', 'rollback', 'rollout'], default: 'change' });
  const required = (operationAt('GET', '/match/test').parameters ?? []).filter((each) => each.required);
  assert.equal(
    required.map(({ name }) => name),
    ['url'],
  );
});

test.run();
