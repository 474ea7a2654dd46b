import { readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BENCH_PAGES, figuresFrom, withTables } from './scale-table.ts';

const test = suite('tables of the bench');

for (const page of BENCH_PAGES) {
  test(`${page} shows the figures that were measured, and no others`, async () => {
    const text = await readFile(page, 'utf8');
    const figures = await figuresFrom('docs/bench');
    assert.ok(text.includes('<!-- bench:simulator -->\n'), 'the markers are there');
    assert.is(text, withTables(text, figures), 'npm run bench:table writes them anew');
    assert.is.not(
      text,
      withTables(text, { ...figures, simulator: { ...figures.simulator, seconds: 7 } }),
      'what stands between the markers comes from the figures',
    );
  });
}

test.run();
