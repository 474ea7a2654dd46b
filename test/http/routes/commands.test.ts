import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withServer } from '../support.ts';

test('commands pass on what they were given', async () => {
  await withServer({}, async ({ ask, operations }) => {
    const asked = [
      ['/cycle/force', undefined, 'forceCycle', []],
      ['/cycle/force', {}, 'forceCycle', []],
      ['/resume', {}, 'resume', []],
      ['/config/reload', undefined, 'reloadConfig', []],
      ['/rollout', { percentage: 1 }, 'rollout', [{ percentage: 1 }]],
      ['/rollout', { percentage: 100 }, 'rollout', [{ percentage: 100 }]],
      ['/rollout', { action: 'hold' }, 'rollout', [{ action: 'hold' }]],
      ['/rollout', { action: 'start' }, 'rollout', [{ action: 'start' }]],
      ['/rollback', { confirm: true, reason: 'r' }, 'rollback', [{ reason: 'r', by: 'HTTP from 127.0.0.1' }]],
      [
        '/rollback',
        { confirm: true },
        'rollback',
        [{ reason: 'no reason given', by: 'HTTP from 127.0.0.1' }],
      ],
      ['/limits/reset', { confirm: true }, 'resetLimits', [{ scope: 'unrestored', markRestored: true }]],
      [
        '/limits/reset',
        { confirm: true, scope: 'all', mark_restored: false },
        'resetLimits',
        [{ scope: 'all', markRestored: false }],
      ],
      ['/smoothing/reset', { tracker_id: 'premium' }, 'resetSmoothing', ['premium']],
      ['/smoothing/reset', { all: true }, 'resetSmoothing', [null]],
    ] as const;
    for (const [path, json, name, args] of asked) {
      const answer = await ask('POST', path, json === undefined ? {} : { json });
      assert.is(answer.status, 200, path);
      assert.is(answer.json.from, name);
      assert.equal(operations.calls.at(-1), { name, args });
    }
  });
});

test('a plan of steps has the keys of the config, with their defaults and their checks', async () => {
  await withServer({}, async ({ ask, operations }) => {
    const plan = { steps: [{ percentage: 10, hold: 60 }], on_gate_failure: 'rollback' };
    assert.is((await ask('POST', '/rollout', { json: { action: 'start', plan } })).status, 200);
    const gates = { max_api_error_rate: 0.1, max_cap_overshoot: 1.1, max_latency_ms: 2000 };
    assert.equal(operations.calls.at(-1)?.args, [{ action: 'start', plan: { ...plan, ...gates } }]);
    for (const [wrong, message] of [
      [{ steps: [{ percentage: 0, hold: 60 }] }, /percentage: expected integer from 1 to 100, got 0/],
      [{ stepps: [] }, /stepps: unknown key; did you mean "steps"/],
      ['fast', /plan: expected a mapping/],
    ] as const) {
      const answer = await ask('POST', '/rollout', { json: { action: 'start', plan: wrong } });
      assert.is(answer.status, 400);
      assert.match(String(answer.json.message), message);
    }
    const foreign = await ask('POST', '/rollout', { json: { action: 'hold', plan } });
    assert.is(foreign.status, 400, 'only a start takes a plan');
  });
});

test('commands take forms too, with numbers and booleans written out', async () => {
  await withServer({}, async ({ ask, operations }) => {
    for (const [path, form] of [
      ['/rollout', 'percentage=25'],
      ['/rollback', 'confirm=true&reason=true'],
      ['/limits/reset', 'confirm=true&mark_restored=false'],
      ['/smoothing/reset', 'all=true'],
    ] as const) {
      assert.is((await ask('POST', path, { form })).status, 200, path);
    }
    assert.equal(
      operations.calls.map(({ args }) => args[0]),
      [
        { percentage: 25 },
        { reason: 'true', by: 'HTTP from 127.0.0.1' },
        { scope: 'unrestored', markRestored: false },
        null,
      ],
    );
  });
});

test('a rollback can be limited to a tracker or to torrents', async () => {
  await withServer({}, async ({ ask, operations }) => {
    const hash = 'A'.repeat(40);
    const v2 = 'b'.repeat(64);
    const infoHashes = ['a'.repeat(40), 'b'.repeat(40)];
    for (const [body, scope] of [
      [{ json: { confirm: true, tracker_id: 'alpha' } }, { kind: 'tracker', trackerId: 'alpha' }],
      [{ form: 'confirm=true&tracker_id=alpha' }, { kind: 'tracker', trackerId: 'alpha' }],
      [{ json: { confirm: true, hashes: [hash, v2, hash.toLowerCase()] } }, { kind: 'torrents', infoHashes }],
      [{ form: `confirm=true&hashes=${hash}|${v2}` }, { kind: 'torrents', infoHashes }],
    ] as const) {
      assert.is((await ask('POST', '/rollback', body)).status, 200);
      assert.equal(operations.calls.at(-1)?.args, [
        { reason: 'no reason given', by: 'HTTP from 127.0.0.1', scope },
      ]);
    }
  });
});

test('destructive commands without confirm: true do nothing', async () => {
  await withServer({}, async ({ ask, operations }) => {
    for (const path of ['/rollback', '/limits/reset']) {
      for (const body of [
        {},
        { json: {} },
        { json: { reason: 'r' } },
        { json: { confirm: false } },
        { json: { confirm: 'true' } },
        { json: { confirm: 1 } },
        { form: 'confirm=yes' },
      ]) {
        const bad = await ask('POST', path, body);
        assert.is(bad.status, 400, JSON.stringify(body));
        assert.is(bad.json.error, 'confirm_required');
      }
    }
    assert.equal(operations.calls, []);
  });
});

test('commands refuse wrong values, misspelt fields and repeated ones', async () => {
  await withServer({}, async ({ ask, operations }) => {
    for (const [path, body, said] of [
      ['/rollout', {}, /percentage.*action/],
      ['/rollout', { json: { percentage: 0 } }, /percentage: expected an integer from 1 to 100, got 0/],
      ['/rollout', { json: { percentage: 101 } }, /percentage/],
      ['/rollout', { json: { percentage: 1.5 } }, /percentage/],
      ['/rollout', { json: { percentage: '50' } }, /percentage/],
      ['/rollout', { json: { percentage: null } }, /percentage/],
      ['/rollout', { form: 'percentage=5e1' }, /percentage/],
      ['/rollout', { form: 'percentage=5&percentage=6' }, /percentage: given more than once/],
      ['/rollout', { json: { percentage: 5, action: 'start' } }, /Exactly one/],
      ['/rollout', { json: { action: 'jump' } }, /action: expected one of start, /],
      ['/rollout', { json: { percentage: 5, force: true } }, /force: unknown field: known are percentage/],
      ['/rollback', { json: { confirm: true, raeson: 'r' } }, /raeson: unknown field/],
      ['/rollback', { json: { confirm: true, reason: 5 } }, /reason/],
      ['/rollback', { json: { confirm: true, reason: 'x'.repeat(501) } }, /reason/],
      ['/rollback', { json: { confirm: true, tracker_id: '' } }, /tracker_id: expected a tracker's id/],
      ['/rollback', { json: { confirm: true, hashes: [] } }, /hashes: expected info-hashes of 40 or 64/],
      ['/rollback', { json: { confirm: true, hashes: ['abc'] } }, /hashes/],
      ['/rollback', { json: { confirm: true, hashes: 5 } }, /hashes/],
      ['/rollback', { json: { confirm: true, hashes: null } }, /hashes/],
      ['/rollback', { json: { confirm: true, hashes: ['a'.repeat(40)], tracker_id: 'a' } }, /At most one/],
      ['/limits/reset', { json: { confirm: true, scope: 'some' } }, /scope/],
      ['/limits/reset', { json: { confirm: true, mark_restored: 'no' } }, /mark_restored/],
      ['/smoothing/reset', {}, /tracker_id.*all/],
      ['/smoothing/reset', { json: { all: false } }, /all/],
      ['/smoothing/reset', { json: { tracker_id: '' } }, /tracker_id/],
      ['/smoothing/reset', { json: { tracker_id: 'a', all: true } }, /Exactly one/],
      ['/cycle/force', { json: { dry: true } }, /dry: unknown field: none is expected/],
      ['/resume', { json: { confirm: true } }, /confirm/],
      ['/config/reload', { json: { file: 'x' } }, /file/],
    ] as const) {
      const bad = await ask('POST', path, body);
      assert.is(bad.status, 400, `${path} ${JSON.stringify(body)} ${bad.text}`);
      assert.is(bad.json.error, 'invalid_body');
      assert.match(String(bad.json.message), said);
    }
    assert.equal(operations.calls, []);
  });
});

test.run();
