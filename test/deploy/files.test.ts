/** The files of config/deploy, and docker-compose.yml: what they name is there, in config, image and API. */
import { readdir, readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { parseArguments } from '../../src/cli/arguments.ts';
import { FIRST_CONFIG } from '../../src/cli/first-start/first-config.ts';
import { readOverrides } from '../../src/config/overrides.ts';
import { configCodec } from '../../src/config/schema.ts';
import { withBench } from '../cli/support.ts';
import { loadValid } from '../config/support/loading.ts';

const test = suite('files for deployment');
const ROOT = new URL('../../', import.meta.url);
const DEPLOY = 'config/deploy/';
const text = (file: string) => readFile(new URL(file, ROOT), 'utf8');
const files = (await readdir(new URL(DEPLOY, ROOT)))
  .map((name) => DEPLOY + name)
  .concat('docker-compose.yml');

/** Read by the entrypoint and by Node itself, not by the config. */
const OF_THE_CONTAINER = new Set([
  'PUID',
  'PGID',
  'UMASK',
  'TZ',
  'NODE_ENV',
  'MALLOC_ARENA_MAX',
  'MALLOC_MMAP_THRESHOLD_',
  'QGUARDARR_CONFIG',
]);

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function documents(yaml: string): Json[] {
  return parseAllDocuments(yaml).map((document) => {
    assert.equal(document.errors, []);
    return document.toJS() as Json;
  });
}

/** What stands at a path of keys; fails where there is none. */
function at(json: Json | undefined, ...keys: readonly (string | number)[]): Json {
  let found: Json | undefined = json;
  for (const key of keys) {
    found = (found as Record<string, Json>)[String(key)];
    if (found === undefined) throw new Error(`nothing at ${keys.join('.')}`);
  }
  return found ?? null;
}

/** The names of all environment variables that a file sets. */
function variablesOf(file: string, content: string): string[] {
  if (file.endsWith('.xml')) {
    return [...content.matchAll(/Target="(\w+)"[^>]*Type="Variable"/g)].map(([, name = '']) => name);
  }
  if (file.endsWith('.service')) {
    return [...content.matchAll(/^Environment=(\w+)=/gm)].map(([, name = '']) => name);
  }
  if (file.endsWith('kubernetes.yaml')) {
    const env = at(containerIn(content), 'env') as { name: string }[];
    return env.map(({ name }) => name);
  }
  const services = at(documents(content)[0], 'services', 'qguardarr') as Record<string, Json>;
  return Object.keys((services.environment ?? {}) as object);
}

function containerIn(content: string): Json {
  const deployment = documents(content).find((document) => at(document, 'kind') === 'Deployment');
  return at(deployment, 'spec', 'template', 'spec', 'containers', 0);
}

for (const file of files.filter((name) => !name.endsWith('homepage.yaml'))) {
  test(`every variable in ${file} is one that something reads`, async () => {
    const names = variablesOf(file, await text(file));
    const ofConfig = names.filter((name) => /^QGUARDARR_(_|API_KEY)/.test(name));
    const env = Object.fromEntries(ofConfig.map((name) => [name, '1']));
    const { findings, overrides } = await readOverrides(env, configCodec.shape, async () => 'read');
    assert.equal(findings, []);
    assert.is(overrides.length, ofConfig.length);
    const ofFirstConfig = new Set([...FIRST_CONFIG.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    const unknown = names.filter(
      (name) =>
        !ofConfig.includes(name) &&
        !OF_THE_CONTAINER.has(name) &&
        !ofFirstConfig.has(name.replace(/_FILE$/, '')),
    );
    assert.equal(unknown, []);
  });
}

test('all containers have a read-only root, /config as their volume and no capability too many', async () => {
  const dockerfile = await text('Dockerfile');
  assert.match(dockerfile, /^VOLUME \["\/config"\]$/m);
  for (const [file, added] of [
    ['docker-compose.yml', undefined],
    [`${DEPLOY}docker-compose.puid.yml`, ['SETUID', 'SETGID', 'CHOWN']],
  ] as const) {
    const service = at(documents(await text(file))[0], 'services', 'qguardarr') as Record<string, Json>;
    assert.is(service.read_only, true);
    assert.equal(service.cap_drop, ['ALL']);
    assert.equal(service.cap_add, added);
    assert.equal(service.security_opt, ['no-new-privileges:true']);
    assert.match(JSON.stringify(service.volumes), /:\/config"/);
    assert.match(JSON.stringify(service.ports), /:8089"/);
    assert.is(Object.hasOwn(service, 'user'), added === undefined, 'as a user, or as root with capabilities');
  }
});

test('Unraid starts it as its compose file does, with its own user and the same folder and port', async () => {
  const xml = await text(`${DEPLOY}unraid.xml`);
  assert.equal(unclosed(xml), []);
  for (const option of ['--read-only', '--cap-drop ALL', '--cap-add SETUID', '--cap-add CHOWN']) {
    assert.ok(xml.includes(option), option);
  }
  assert.match(xml, /Target="\/config" Default="\/mnt\/user\/appdata\/qguardarr" Mode="rw"/);
  assert.match(xml, /Target="8089" .*Type="Port"/);
  assert.match(xml, /Target="QBIT_PASSWORD" .*Mask="true"/);
});

/** Names of elements that are opened and not closed, or the other way round. */
function unclosed(xml: string): string[] {
  const open: string[] = [];
  for (const [, close, name = '', self] of xml.matchAll(/<(\/?)([A-Za-z]\w*)(?:"[^"]*"|[^">])*?(\/?)>/g)) {
    if (self === '/') continue;
    if (close === '') open.push(name);
    else if (open.at(-1) === name) open.pop();
    else open.push(`/${name}`);
  }
  return open;
}

test('the systemd unit starts a command that there is, and lets it nowhere but into its folder', async () => {
  const unit = await text(`${DEPLOY}qguardarr.service`);
  const [, program, ...words] =
    /^ExecStart=\/usr\/bin\/node (?:--\S+ )*(.*)$/m.exec(unit)?.[0]?.split(/ (?!--)/) ?? [];
  assert.is(program, '/opt/qguardarr/dist/main.js');
  assert.is(parseArguments(words).command, 'run');
  for (const line of [
    'ProtectSystem=strict',
    'NoNewPrivileges=yes',
    'CapabilityBoundingSet=',
    'UMask=0077',
  ]) {
    assert.ok(unit.split('\n').includes(line), line);
  }
  assert.match(unit, /^WorkingDirectory=\/var\/lib\/qguardarr$/m);
  for (const line of unit.split('\n')) {
    assert.match(line, /^(#.*|\[(Unit|Service|Install)\]|[A-Z][A-Za-z]+=.*|)$/);
  }
});

test('on Kubernetes its config is valid, its probes ask what answers, and its mounts are its volumes', async () => {
  const content = await text(`${DEPLOY}kubernetes.yaml`);
  const [configMap] = documents(content);
  const config = await loadValid(String(at(configMap, 'data', 'qguardarr.yaml')));
  assert.equal(config.auth.public, ['health']);
  const container = containerIn(content) as Record<string, Json>;
  assert.is(parseArguments(container.args as string[]).waitForConfig, true);
  assert.is(at(container, 'livenessProbe', 'httpGet', 'path'), '/ping');
  assert.is(at(container, 'readinessProbe', 'httpGet', 'path'), '/health');
  assert.is(at(container, 'ports', 0, 'containerPort'), 8089);
  assert.equal(at(container, 'securityContext', 'capabilities', 'drop'), ['ALL']);
  assert.is(at(container, 'securityContext', 'readOnlyRootFilesystem'), true);
  const pod = at(
    documents(content).find((document) => at(document, 'kind') === 'Deployment'),
    'spec',
    'template',
    'spec',
  ) as Record<string, Json>;
  const names = (list: Json | undefined) => (list as { name: string }[]).map(({ name }) => name).sort();
  assert.equal(names(container.volumeMounts), names(pod.volumes));
  const mounts = (container.volumeMounts as { mountPath: string }[]).map(({ mountPath }) => mountPath);
  for (const { value } of container.env as { value: string }[]) {
    assert.ok(
      mounts.some((mount) => value.startsWith(`${mount}/`)),
      `${value} is below a mount`,
    );
  }
});

test('the Homepage tile maps fields that /stats has', async () => {
  const [list] = documents(await text(`${DEPLOY}homepage.yaml`));
  const widget = at(list, 0, 'Downloads', 0, 'Qguardarr', 'widget') as Record<string, Json>;
  const url = new URL(String(widget.url));
  await withBench(async (bench) => {
    await bench.serve();
    const { status, text: answer } = await bench.get(url.pathname);
    assert.is(status, 200);
    const fields = Object.keys(JSON.parse(answer));
    for (const { field } of widget.mappings as { field: string }[]) assert.ok(fields.includes(field), field);
  });
});

test.run();
