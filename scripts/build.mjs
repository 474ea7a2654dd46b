import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { licencesText } from './licences.mjs';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));

/** Media types that the server answers in or is asked for: Koa's libraries bring 2,500, twice, and load them all. */
const MEDIA_TYPES =
  /^(application\/(json|javascript|x-www-form-urlencoded)|text\/(html|plain|css|javascript|event-stream)|image\/svg\+xml)$/;
const fewMediaTypes = {
  name: 'few media types',
  setup(build) {
    build.onLoad({ filter: /[\\/]mime-db[\\/]index\.js$/ }, ({ path: file }) => {
      const all = Object.entries(createRequire(file)('./db.json'));
      const kept = Object.fromEntries(all.filter(([type]) => MEDIA_TYPES.test(type)));
      return { contents: JSON.stringify(kept), loader: 'json' };
    });
  },
};

await removeBundles();
const service = await build({
  metafile: true,
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  // What a plain run doesn't need (other commands, the demo, metrics until they are asked for) is in files of its own.
  splitting: true,
  chunkNames: 'part-[hash]',
  plugins: [fewMediaTypes],
  minify: true,
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

/** Of a build before. */
async function removeBundles() {
  const files = await readdir('dist').catch(() => []);
  const old = files.filter((file) => /^(main|part-\w+)\.js(\.map)?$/.test(file));
  await Promise.all(old.map((file) => rm(path.join('dist', file))));
}

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

const inputs = [service, web].flatMap(({ metafile }) => Object.keys(metafile.inputs));
await writeFile('dist/LICENCES.txt', await licencesText(inputs));
