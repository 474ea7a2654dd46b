import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  decodeRollout,
  encodeRollout,
  type RememberedRollout,
} from '../../../src/service/rollout/remembered-rollout.ts';
import { RolloutFile } from '../../../src/service/rollout/rollout-store.ts';

const test = suite('the file of rollout');

const remembered: RememberedRollout = {
  configuredPercentage: 100,
  percentage: 25,
  progress: {
    steps: [
      { percentage: 25, holdMs: 1000 },
      { percentage: 100, holdMs: 1000 },
    ],
    gates: { maxApiErrorRate: 0.1, maxCapOvershoot: 1.1, maxLatencyMs: 2000 },
    onGateFailure: 'rollback',
    index: 0,
    endsAt: 1_700_000_000_000,
    percentageBefore: 100,
    gateProblem: null,
    isHeld: true,
  },
  notes: [{ what: 'held', percentage: 25, step: 1, steps: 2, problem: null, at: 1_700_000_000_000 }],
};

async function inFolder(body: (file: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-rollout-'));
  try {
    await body(path.join(folder, 'data', 'j.db.rollout.json'), folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('what was saved last is what the next run finds', async () => {
  await inFolder(async (file) => {
    const first = await RolloutFile.open(file);
    assert.is(first.left, null);
    assert.is(first.problem, null);
    await Promise.all([
      first.save({ ...remembered, percentage: 1 }),
      first.save({ ...remembered, percentage: 2 }),
      first.save(remembered),
    ]);
    const second = await RolloutFile.open(file);
    assert.equal(second.left, remembered);
    assert.equal(await readdir(path.dirname(file)), [path.basename(file)], 'nothing else is left');
  });
});

test('a file that cannot be read is put aside, and said so', async () => {
  for (const [text, why] of [
    ['{"v": 1, "percentage"', /no JSON with a version/],
    ['{"v": 2}', /format is version 2, and this Qguardarr reads 1/],
    [encodeRollout({ ...remembered, percentage: 101 }), /'percentage' is no percentage, 0 to 100/],
  ] as const) {
    await inFolder(async (file) => {
      await mkdir(path.dirname(file));
      await writeFile(file, text);
      const opened = await RolloutFile.open(file);
      assert.is(opened.left, null);
      assert.match(opened.problem ?? '', why);
      assert.is(await readFile(`${file}.unreadable`, 'utf8'), text);
      await opened.save(remembered);
      assert.equal((await RolloutFile.open(file)).left, remembered);
    });
  }
});

test('a link to a device in its place is neither put aside nor replaced', async () => {
  await inFolder(async (file) => {
    await mkdir(path.dirname(file));
    await symlink('/dev/null', file);
    const opened = await RolloutFile.open(file);
    assert.is(opened.left, null);
    assert.match(opened.problem ?? '', /is not a regular file/);
    assert.instance(await opened.save(remembered).catch((error: unknown) => error), Error);
    assert.equal(await readdir(path.dirname(file)), [path.basename(file)]);
    assert.ok((await lstat(file)).isSymbolicLink());
  });
});

test('a step that the plan does not have is refused', () => {
  const { progress } = remembered;
  const wrong = { ...remembered, progress: progress && { ...progress, index: 2 } };
  const decoded = decodeRollout(encodeRollout(wrong));
  assert.ok(isLeft(decoded) && /at step 3 of 2/.test(decoded.left));
});

test('a folder that is none rejects, and the next save is not held up by it', async () => {
  await inFolder(async (file, folder) => {
    const opened = await RolloutFile.open(file);
    await writeFile(path.join(folder, 'data'), 'in the way');
    const refused = await opened.save(remembered).catch((error: unknown) => error);
    assert.instance(refused, Error);
    await rm(path.join(folder, 'data'));
    await opened.save(remembered);
    assert.equal((await RolloutFile.open(file)).left, remembered);
  });
});

test.run();
