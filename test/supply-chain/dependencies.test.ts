/** What docs/dependencies.md promises of package.json and package-lock.json. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ALLOWED, licenceOf, licencesText, packageFolders } from '../../scripts/licences.mjs';

const test = suite('dependencies');
const ROOT = new URL('../../', import.meta.url);
const text = (file: string) => readFile(new URL(file, ROOT), 'utf8');

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const manifest: Record<'dependencies' | 'devDependencies', Record<string, string>> = JSON.parse(
  await text('package.json'),
);
const lock: { packages: Record<string, Locked> } = JSON.parse(await text('package-lock.json'));
const locked = Object.entries(lock.packages).filter(([folder]) => folder !== '');

/** Names in the first column of the table below a heading. */
function listed(markdown: string, heading: string): string[] {
  const section = markdown.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const cells = [...section.matchAll(/^\| (`.*?`) \| \S/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)).sort();
}

test('each is listed with its reason, and nothing else is', async () => {
  const markdown = await text('docs/dependencies.md');
  assert.equal(listed(markdown, 'In the program'), Object.keys(manifest.dependencies).sort());
  assert.equal(listed(markdown, 'For development'), Object.keys(manifest.devDependencies).sort());
});

test('each is held to one major, and below 1.0 to one minor', () => {
  for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    assert.match(range, /^\^?\d+\.\d+(\.\d+)?$/, `${name} ${range}`);
    const installed = lock.packages[`node_modules/${name}`]?.version ?? '';
    const major = (version: string) =>
      version
        .replace(/^\^/, '')
        .split('.')
        .slice(0, /^\^?0/.test(version) ? 2 : 1);
    assert.equal(major(installed), major(range), `${name}: ${installed} for ${range}`);
  }
});

test('every package is locked with its checksum, and comes from no other place than a registry', () => {
  for (const [folder, { resolved, integrity }] of locked) {
    assert.match(integrity ?? '', /^sha512-/, folder);
    // Left out, the registry in use counts: a mirror may stand in, as the checksum must fit.
    assert.match(resolved ?? 'https://registry.npmjs.org/', /^https:\/\/registry\.npmjs\.org\//, folder);
  }
});

test('nothing that goes into the program has an install script', () => {
  const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript === true);
  assert.equal(
    scripted.filter(([, { dev }]) => dev !== true).map(([folder]) => folder),
    [],
  );
});

test('everything that goes into the program has a permissive licence, and its text is there', async () => {
  const folders = locked
    .filter(([, { dev }]) => dev !== true)
    .map(([folder]) => new URL(folder, ROOT).pathname);
  assert.ok(folders.length > 50);
  for (const folder of folders) {
    const { licence, text: words } = await licenceOf(folder);
    assert.ok(ALLOWED.has(licence), folder);
    assert.ok(words.length > 30, folder);
  }
});

test('the licences are those of what was bundled, each package once, nested and scoped ones too', async () => {
  const inputs = ['src/main.ts', 'node_modules/koa/lib/a.js', 'node_modules/koa/lib/b.js'];
  assert.equal(
    packageFolders([...inputs, 'node_modules/a/node_modules/@b/c/d.js', '../x/node_modules/e/f.js']),
    ['../x/node_modules/e', 'node_modules/a/node_modules/@b/c', 'node_modules/koa'],
  );
  const here = process.cwd();
  process.chdir(new URL(ROOT).pathname);
  const all = await licencesText(inputs).finally(() => process.chdir(here));
  assert.match(all, /^Qguardarr contains these packages:\n\nkoa \d+\.\d+\.\d+: MIT\n\n-+\nkoa /);
  assert.match(all, /Permission is hereby granted/);
});

test('a licence that asks for more, or none, fails the build', async () => {
  const folder = await mkdtemp(`${tmpdir()}/licence-`);
  try {
    for (const license of ['GPL-3.0-only', undefined]) {
      await writeFile(`${folder}/package.json`, JSON.stringify({ name: 'x', version: '1.0.0', license }));
      const outcome = await licenceOf(folder).catch((error: Error) => error.message);
      assert.match(String(outcome), /x 1\.0\.0: expected a licence of MIT.*got (GPL-3\.0-only|none)/);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test.run();
