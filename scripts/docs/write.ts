/** `npm run docs`: makes the made parts of all documents anew. */
import { readFile, writeFile } from 'node:fs/promises';
import { documents } from './documents.ts';
import { remade } from './sections.ts';

for (const file of await documents()) {
  const before = await readFile(file, 'utf8');
  const after = remade(before);
  if (after === before) continue;
  await writeFile(file, after);
  console.log(`${file}: made anew`);
}
