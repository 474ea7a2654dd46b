import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('names of errors');

/** `class X extends YError {` and, where it has one, the name that X gives itself. */
const ERROR_CLASS = /class (?<name>\w+) extends (?<base>\w*Error)\b[^{]*\{(?<start>[\s\S]{0,200})/g;

async function errorClasses() {
  const files = (await readdir('src', { recursive: true })).filter((file) => file.endsWith('.ts'));
  const texts = await Promise.all(files.map((file) => readFile(path.join('src', file), 'utf8')));
  return texts.flatMap((text) =>
    [...text.matchAll(ERROR_CLASS)].map(({ 0: head, groups = {} }) => ({
      name: groups.name ?? '',
      base: groups.base ?? '',
      isAbstract: text.includes(`abstract class ${groups.name} `),
      given: /readonly name(?:: string)? = '(\w+)'/.exec(head)?.[1] ?? null,
    })),
  );
}

test('are given by the classes themselves, as the bundle has shorter ones for all else', async () => {
  const classes = await errorClasses();
  assert.ok(classes.length > 20);
  const named = new Set(classes.flatMap(({ name, given }) => (given === null ? [] : [name])));
  const wrong = classes.filter(({ name, base, isAbstract, given }) =>
    given === null ? !isAbstract && !named.has(base) : given !== name,
  );
  assert.equal(wrong, []);
});

test.run();
