import type { Config } from '../config/schema.ts';

const EVERY_ADDRESS = new Set(['0.0.0.0', '::', '[::]']);

/** Where the service answers on this machine, over loopback when it listens there: then no API key is needed. */
export function localUrl({ global }: Pick<Config, 'global'>): string {
  const { host, port } = global;
  if (EVERY_ADDRESS.has(host)) return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}
