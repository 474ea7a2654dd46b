import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { type Environment, readConfigFile } from '../config/environment.ts';
import { type LoadResult, loadConfig } from '../config/load.ts';
import { DEMO_CAPS_BPS, demoSwarm } from '../simulator/demo-swarm.ts';
import { Simulator } from '../simulator/simulator.ts';
import { print } from './output.ts';

export interface Demonstration {
  /** The demo's config, with what the environment sets of address, key and logging on top. */
  load(): Promise<LoadResult>;
  stop(): Promise<void>;
}

/** In memory only. */
const CONFIG = 'the config of the demo';
const PORT = 8089;
const HOST = '127.0.0.1';

/** A simulated qBittorrent with about 60 torrents, and a config for it; its data goes when it stops. */
export async function startDemo(asked: boolean): Promise<Demonstration> {
  const simulator = new Simulator({ swarm: demoSwarm(Date.now()) });
  const { port } = await simulator.start();
  const folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-demo-'));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  // Also when it is ended at once, by a second signal or a crash.
  process.once('exit', removeFolder);
  print(
    `${asked ? 'Demo' : 'No config found: this is the demo'}. It runs against a simulated qBittorrent in this process ` +
      `(port ${port}); no real torrent is touched.`,
  );
  print(
    'For your own qBittorrent add --wait-for-config: it writes a commented config/qguardarr.yaml, and starts by itself ' +
      'once you have filled it in.',
  );
  const ownPort = await freePort(PORT);
  if (ownPort !== PORT) print(`Port ${PORT} is in use, so the demo serves on port ${ownPort}.`);
  const yaml = stringify(demoConfig(port, folder, ownPort));
  return {
    load: () =>
      loadConfig({
        path: CONFIG,
        env: demoEnvironment(process.env),
        readFile: async (file) => (file === CONFIG ? yaml : readConfigFile(file)),
        dotenvPath: null,
      }),
    stop: async () => {
      await simulator.stop();
      await rm(folder, { recursive: true, force: true });
      process.off('exit', removeFolder);
    },
  };
}

/**
 * What of the environment a demo heeds: how it is reached and how it logs. Never `QGUARDARR__QBITTORRENT__HOST`
 * or `QGUARDARR__ROLLBACK__DATABASE_PATH`, as a container sets them: they would turn it on the real torrents.
 */
export function demoEnvironment(env: Environment): Environment {
  const heeded = /^QGUARDARR(__(GLOBAL__(HOST|PORT)|AUTH__\w+|LOGGING__\w+)|_API_KEY(_FILE)?)$/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => heeded.test(name)));
}

/** The wanted port, or any free one when it is taken. */
async function freePort(wanted: number): Promise<number> {
  for (const port of [wanted, 0]) {
    const server = createServer();
    const found = await new Promise<number | null>((resolve) => {
      server.once('error', () => resolve(null));
      server.listen(port, HOST, () => {
        const address = server.address();
        server.close(() => resolve(typeof address === 'object' ? (address?.port ?? null) : null));
      });
    });
    if (found !== null) return found;
  }
  return wanted;
}

function demoConfig(port: number, folder: string, ownPort: number) {
  const trackers = Object.entries(DEMO_CAPS_BPS).map(([host, cap]) => ({
    id: host.split('.')[1] ?? host,
    name: host,
    pattern: `.*${host.replaceAll('.', '\\.')}.*`,
    max_upload_speed: cap,
  }));
  return {
    global: { host: HOST, port: ownPort },
    qbittorrent: { name: 'demo', host: HOST, port },
    trackers: [...trackers, { id: 'default', pattern: '.*', max_upload_speed: -1 }],
    rollback: { database_path: path.join(folder, 'rollback.db') },
  };
}
