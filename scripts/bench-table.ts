/**
 * `npm run bench:table`: writes the bench's tables into README.md and docs/performance.md, between their markers, from
 * the figures in docs/bench.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { BENCH_PAGES, figuresFrom, withTables } from '../test/bench/scale-table.ts';

const figures = await figuresFrom('docs/bench');
for (const page of BENCH_PAGES) await writeFile(page, withTables(await readFile(page, 'utf8'), figures));
