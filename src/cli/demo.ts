import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { type LoadResult, loadConfig } from '../config/load.ts';
import { DEMO_CAPS_BPS, demoSwarm } from '../simulator/demo-swarm.ts';
import { Simulator } from '../simulator/simulator.ts';
import { print } from './output.ts';

export interface Demonstration {
  /** The demo's config, with what the environment sets on top. */
  load(): Promise<LoadResult>;
  stop(): Promise<void>;
}

/** A simulated qBittorrent with about 60 torrents, and a config for it; its data goes when it stops. */
export async function startDemo(asked: boolean): Promise<Demonstration> {
  const simulator = new Simulator({ swarm: demoSwarm(Date.now()) });
  const { port } = await simulator.start();
  const folder = await mkdtemp(path.join(tmpdir(), 'qguardarr-demo-'));
  print(
    `${asked ? 'Demo' : 'No config found: this is the demo'}. It runs against a simulated qBittorrent in this process ` +
      `(port ${port}); no real torrent is touched.`,
  );
  print('For your own qBittorrent, copy config/minimal.example.yaml to config/qguardarr.yaml and edit it.');
  const yaml = stringify(demoConfig(port, folder));
  return {
    load: () => loadConfig({ path: 'demo.yaml', env: process.env, readFile: fromMemory(yaml), dotenvPath: null }),
    stop: async () => {
      await simulator.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function fromMemory(yaml: string) {
  return async () => yaml;
}

function demoConfig(port: number, folder: string) {
  const trackers = Object.entries(DEMO_CAPS_BPS).map(([host, cap]) => ({
    id: host.split('.')[1] ?? host,
    name: host,
    pattern: `.*${host.replaceAll('.', '\\.')}.*`,
    max_upload_speed: cap,
  }));
  return {
    qbittorrent: { name: 'demo', host: '127.0.0.1', port },
    trackers: [...trackers, { id: 'default', pattern: '.*', max_upload_speed: -1 }],
    rollback: { database_path: path.join(folder, 'rollback.db') },
  };
}
