/** What docs/dependencies.md promises of a release, by the workflow that makes it. */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';

const test = suite('a release');
const text = (file: string) => readFile(new URL(`../../${file}`, import.meta.url), 'utf8');

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
}
interface Workflow {
  readonly permissions: Record<string, string>;
  readonly jobs: Record<
    string,
    { readonly permissions?: Record<string, string>; readonly steps?: readonly Step[] }
  >;
}

const release: Workflow = parse(await text('.github/workflows/release.yml'));
const ci: Workflow = parse(await text('.github/workflows/ci.yml'));
const stepsOf = (job: string) => release.jobs[job]?.steps ?? [];

test('the image is for two platforms, with bill of materials and provenance, and signed by its digest', () => {
  const steps = stepsOf('image');
  const build = steps.find(({ id }) => id === 'build');
  assert.equal(
    [build?.with?.platforms, build?.with?.provenance, build?.with?.sbom],
    ['linux/amd64,linux/arm64', 'mode=max', true],
  );
  const sign = steps.findIndex(({ run }) => run?.startsWith('cosign sign --yes'));
  assert.ok(sign > steps.indexOf(build as Step), 'after the push');
  assert.match(JSON.stringify(steps[sign]), /@\$\{\{ steps\.build\.outputs\.digest \}\}/);
  assert.is(release.jobs.image?.permissions?.['id-token'], 'write');
});

test('each job has the rights that it needs and no more, and every action a version', () => {
  for (const workflow of [release, ci]) assert.equal(workflow.permissions, { contents: 'read' });
  const writing = Object.entries(release.jobs).flatMap(([job, { permissions = {} }]) =>
    Object.entries(permissions).flatMap(([right, level]) => (level === 'write' ? [`${job}: ${right}`] : [])),
  );
  assert.equal(writing, ['image: packages', 'image: id-token', 'notes: contents']);
  for (const { jobs } of [release, ci]) {
    for (const { steps = [] } of Object.values(jobs)) {
      for (const { uses } of steps) if (uses !== undefined) assert.match(uses, /@v\d+(\.\d+)*$/);
    }
  }
});

test('the bill of materials that goes with it names every library of the program', async () => {
  const [line] = stepsOf('notes').flatMap(({ run = '' }) =>
    run.split('\n').filter((one) => one.includes('npm sbom')),
  );
  const [command = ''] = line?.trim().split(' > ') ?? [];
  const [program = '', ...words] = command.split(' ');
  const cwd = new URL('../../', import.meta.url).pathname;
  const sbom = JSON.parse(execFileSync(program, words, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 }));
  assert.is(sbom.bomFormat, 'CycloneDX');
  const named = new Set(
    sbom.components.map(({ group, name }: { group?: string; name: string }) =>
      group ? `${group}/${name}` : name,
    ),
  );
  const { dependencies, devDependencies } = JSON.parse(await text('package.json'));
  for (const name of Object.keys(dependencies)) assert.ok(named.has(name), name);
  assert.not.ok(named.has('typescript') && 'typescript' in devDependencies, 'tools stay out');
});

test.run();
