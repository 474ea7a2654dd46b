import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
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
const template = await readFile('src/web/page.html', 'utf8');
const page = template.replace(/%([\w.-]+)%/g, (_, name) => {
  const address = built.get(name);
  if (address === undefined) throw new Error(`page.html names ${name}, which was not built`);
  return address;
});
await writeFile('dist/web/index.html', page);
