import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';

const MINIMAL = `
qbittorrent: { host: localhost, port: 8080, timeout: 10 }
trackers:
  - { id: alpha, pattern: '.*alpha.*', max_upload_speed: 1048576 }
  - { id: default, pattern: '.*', max_upload_speed: -1 }
`;

/** A valid config with these lines of YAML before the least there must be. */
export async function configOf(yaml = ''): Promise<Config> {
  const request = { path: 'c.yaml', env: {}, readFile: async () => yaml + MINIMAL, dotenvPath: null };
  const loaded = await loadConfig(request);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  return loaded.config;
}
