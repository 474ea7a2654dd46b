/**
 * The licences of the packages that the build puts into its bundles, with their texts: most of them ask that their
 * text goes along with every copy, and a bundle is one.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** What may be bundled into a program under the MIT licence: permissive, and asking for no more than their text. */
export const ALLOWED = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'BlueOak-1.0.0',
]);

/** Packages whose package.json names no licence, by the text that they come with. */
const BY_TEXT = new Map([['@seald-io/binary-search-tree', 'MIT']]);

/** Packages that come without the text that they name. */
const WITHOUT_TEXT = new Map([['koa-compose', 'MIT, https://github.com/koajs/compose']]);

/** Folders of the packages that the inputs of esbuild's metafile belong to, sorted. */
export function packageFolders(inputs) {
  const folders = inputs.map((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

/** Throws when a package has no licence that is allowed, or no text. */
export async function licenceOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
  const licence = typeof license === 'string' ? license : BY_TEXT.get(name);
  if (licence === undefined || !ALLOWED.has(licence)) {
    throw new Error(
      `${name} ${version}: expected a licence of ${[...ALLOWED].join(', ')}, got ${licence ?? 'none'}`,
    );
  }
  const file = (await readdir(folder)).find((entry) => /^(licen[cs]e|copying)(\.\w+)?$/i.test(entry));
  const substitute = WITHOUT_TEXT.get(name);
  if (file === undefined && substitute === undefined)
    throw new Error(`${name} ${version}: it has no licence file`);
  const text = file === undefined ? substitute : await readFile(path.join(folder, file), 'utf8');
  return { name, version, licence, text };
}

/** All in one text: a list first, then each licence. */
export async function licencesText(inputs) {
  const licences = await Promise.all(packageFolders(inputs).map(licenceOf));
  licences.sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
  const list = licences.map(({ name, version, licence }) => `${name} ${version}: ${licence}`);
  const texts = licences.map(
    ({ name, version, text }) => `${'-'.repeat(80)}\n${name} ${version}\n\n${text.trim()}\n`,
  );
  return `Qguardarr contains these packages:\n\n${list.join('\n')}\n\n${texts.join('\n')}`;
}
