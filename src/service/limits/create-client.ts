import { qbittorrentBaseUrl } from '../../config/base-url.ts';
import type { Config } from '../../config/schema.ts';
import { MIB, readRegularTextSync } from '../../files/read-regular.ts';
import { type ClientHooks, QbittorrentClient } from '../../qbittorrent/client.ts';

/** A client for the configured qBittorrent. Throws the system's error when `tls_ca_file` can't be read. */
export function createClient(config: Config, hooks: ClientHooks): QbittorrentClient {
  const { qbittorrent } = config;
  return new QbittorrentClient(
    {
      instance: qbittorrent.name,
      baseUrl: qbittorrentBaseUrl(config),
      username: qbittorrent.username,
      password: qbittorrent.password,
      apiKey: qbittorrent.api_key,
      timeoutMs: qbittorrent.timeout * 1000,
      rejectUnauthorized: qbittorrent.tls_verify,
      ...(qbittorrent.tls_ca_file === '' ? {} : { ca: readRegularTextSync(qbittorrent.tls_ca_file, MIB) }),
    },
    hooks,
  );
}
