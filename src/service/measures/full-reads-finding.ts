import type { FullReads } from '../limits/full-reads.ts';
import type { Finding } from '../reports/diagnosis.ts';
import { megabytes } from './alarm.ts';

/** Every read is a full one: what it costs, and what to do. */
export function fullReadsFinding({ lastBytes }: Pick<FullReads, 'lastBytes'>): Finding {
  return {
    problem:
      `every read of qBittorrent is a full one of ${megabytes(lastBytes ?? 0)}, not only what changed: ` +
      'its session cookie is lost on the way, as by a proxy that strips cookies',
    advice:
      'let the proxy pass the headers Cookie and Set-Cookie, or connect to qBittorrent without it; ' +
      'from qBittorrent 5.2 on qbittorrent.api_key works without a cookie',
  };
}
