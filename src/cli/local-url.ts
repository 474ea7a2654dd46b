import type { Config } from '../config/schema.ts';

const EVERY_ADDRESS = new Set(['0.0.0.0', '::', '[::]']);

/** Where the service answers on this machine, over loopback when it listens there: then no API key is needed. */
export function localUrl({ global }: Pick<Config, 'global'>): string {
  const { host, port, tls_cert_file } = global;
  const scheme = tls_cert_file === '' ? 'http' : 'https';
  if (EVERY_ADDRESS.has(host)) return `${scheme}://127.0.0.1:${port}`;
  return `${scheme}://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}
