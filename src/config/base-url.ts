import { shownAddress } from '../control/shown-address.ts';
import { parseQbittorrentHost } from './qbittorrent-host.ts';
import type { Config } from './schema.ts';

/**
 * Where qBittorrent's WebUI is, without a slash at the end: 'https://nas.lan:8080/qbittorrent'.
 * https when `tls` is on or `host` says https://; the path is `base_path`, or else that of `host`.
 */
export function qbittorrentBaseUrl(config: Pick<Config, 'qbittorrent'>): string {
  const { host, port, tls, base_path } = config.qbittorrent;
  const parsed = parseQbittorrentHost(host);
  const scheme = tls || parsed?.scheme === 'https' ? 'https' : 'http';
  const trimmed = base_path.replace(/^\/+|\/+$/g, '');
  const path = trimmed === '' ? (parsed?.path ?? '') : `/${trimmed}`;
  return `${scheme}://${parsed?.host ?? host}:${port}${path}`;
}

/** The same for people: what of its path may be a key is `***`. */
export function shownBaseUrl(config: Pick<Config, 'qbittorrent'>): string {
  return shownAddress(qbittorrentBaseUrl(config));
}
