import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));

await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/main.js',
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  sourcemap: 'linked',
  sourcesContent: false,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  define: { 'process.env.QGUARDARR_VERSION': JSON.stringify(version) },
  banner: {
    // CommonJS packages inside the bundle call require() for Node's own modules.
    js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
await chmod('dist/main.js', 0o755);

// The dashboard. Names carry a hash of the content, so that browsers may keep them for ever; the page names them.
await rm('dist/web', { recursive: true, force: true });
const web = await build({
  entryPoints: {
    main: 'src/web/main.ts',
    'theme-boot': 'src/web/theme-boot.ts',
    style: 'src/web/styles/index.css',
    icon: 'src/web/icon.svg',
    docs: 'src/web/docs/docs.ts',
    'docs-style': 'src/web/docs/docs.css',
  },
  outdir: 'dist/web/assets',
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  platform: 'browser',
  target: ['chrome111', 'firefox113', 'safari16.4'],
  format: 'esm',
  loader: { '.svg': 'copy' },
  metafile: true,
  logLevel: 'warning',
});
const built = new Map(
  Object.keys(web.metafile.outputs).map((file) => {
    const asset = path.basename(file);
    return [asset.replace(/-[A-Z0-9]{8}(?=\.\w+$)/, ''), `assets/${asset}`];
  }),
);

/** Addresses are relative to the page: a proxy may put the service below a path. */
async function writePage(template, file, up) {
  const text = (await readFile(template, 'utf8')).replace(/%([\w.-]+)%/g, (_, name) => {
    const address = built.get(name);
    if (address === undefined) throw new Error(`${template} names ${name}, which was not built`);
    return `${up}${address}`;
  });
  await writeFile(file, text);
}
await mkdir('dist/web/api', { recursive: true });
await writePage('src/web/page.html', 'dist/web/index.html', '');
await writePage('src/web/docs/docs.html', 'dist/web/api/docs.html', '../');

// The API's description, from the tables and codecs that the service runs on; the service itself only sends the file.
const generator = path.resolve('dist/openapi-generator.mjs');
await build({
  entryPoints: ['src/http/description/document.ts'],
  outfile: generator,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'warning',
});
const { openApiDocument } = await import(pathToFileURL(generator).href);
await writeFile('dist/web/api/openapi.json', JSON.stringify(openApiDocument(version)));
await rm(generator);
