/** No link of a document leads nowhere. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { documents } from '../../scripts/docs/documents.ts';

const test = suite('links in documents');
const files = await documents();
const texts = new Map(
  await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const)),
);

/** As GitHub makes them: lower case, punctuation away, blanks to dashes. */
function anchorsOf(text: string): Set<string> {
  const headings = text.matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

for (const [file, text] of texts) {
  test(`${path.basename(file)} links only to what is there`, () => {
    const links = [...text.matchAll(/\]\((?!https?:|mailto:)(?<target>[^)\s]+)\)/g)].map(
      ({ groups }) => groups?.target ?? '',
    );
    const broken = links.filter((link) => {
      const [name = '', anchor] = link.split('#');
      const target = name === '' ? file : path.resolve(path.dirname(file), name);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(texts.get(target) ?? '').has(anchor);
    });
    assert.equal(broken, []);
  });
}

test('every document in docs can be reached from the README', () => {
  const readme = [...texts].find(([file]) => path.basename(file) === 'README.md')?.[1] ?? '';
  const unlinked = files.map((file) => path.basename(file)).filter((name) => !readme.includes(name));
  assert.equal(
    unlinked.filter((name) => name !== 'README.md'),
    [],
  );
});

test.run();
