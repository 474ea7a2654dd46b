/** Real reverse proxies in front of the service, as people set them up. */
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Child } from '../support/real-swarm/child.ts';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { dial } from './raw.ts';

/** Where a program is, root's folders included; null: not installed. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  const found = folders
    .map((folder) => path.join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  return found ?? null;
}

/** Runs `body` with the port of a Caddy that has been told nothing but where to go. */
export function withCaddy(upstream: number, body: (port: number) => Promise<void>): Promise<void> {
  return withProxy('caddy', body, (port, file) => ({
    config: `{\n\tadmin off\n\tauto_https off\n}\nhttp://127.0.0.1:${port} {\n\treverse_proxy 127.0.0.1:${upstream}\n}\n`,
    args: ['run', '--adapter', 'caddyfile', '--config', file],
  }));
}

/** The same of an nginx. @param directives beside proxy_pass */
export function withNginx(
  upstream: number,
  directives: string,
  body: (port: number) => Promise<void>,
): Promise<void> {
  return withProxy('nginx', body, (port, file, folder) => ({
    config: [
      'daemon off;',
      'worker_processes 1;',
      `pid ${folder}/nginx.pid;`,
      'error_log stderr;',
      'events { worker_connections 256; }',
      'http {',
      '  access_log off;',
      ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (kind) => `  ${kind}_temp_path ${folder}/${kind};`,
      ),
      `  server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${upstream}; ${directives} } }`,
      '}',
    ].join('\n'),
    args: ['-c', file, '-p', folder, '-e', 'stderr'],
  }));
}

async function withProxy(
  name: string,
  body: (port: number) => Promise<void>,
  setUp: (
    port: number,
    file: string,
    folder: string,
  ) => { readonly config: string; readonly args: readonly string[] },
): Promise<void> {
  const program = findProgram(name);
  if (program === null) throw new Error(`${name} is not installed (apt-get install ${name})`);
  const folder = await mkdtemp(path.join(tmpdir(), `qguardarr-${name}-`));
  const [port = 0] = await freePorts(1);
  const file = path.join(folder, 'config');
  const { config, args } = setUp(port, file, folder);
  await writeFile(file, config);
  const child = new Child(program, args, { cwd: folder, environment: { HOME: folder } });
  try {
    await waitFor(`${name} to listen; output: ${child.output}`, 10_000, async () => {
      const socket = await dial(port).catch(() => undefined);
      socket?.destroy();
      return socket === undefined ? undefined : true;
    });
    await body(port);
  } finally {
    await child.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  }
}
