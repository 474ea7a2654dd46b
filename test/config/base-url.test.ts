import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { qbittorrentBaseUrl } from '../../src/config/base-url.ts';
import type { Config } from '../../src/config/schema.ts';
import { loadValid, MINIMAL } from './support/loading.ts';

const { qbittorrent } = await loadValid(MINIMAL);

const table: readonly [Partial<Config['qbittorrent']>, string][] = [
  [{}, 'http://localhost:8080'],
  [{ tls: true }, 'https://localhost:8080'],
  [{ host: 'https://nas.lan' }, 'https://nas.lan:8080'],
  [{ host: 'HTTPS://nas.lan/' }, 'https://nas.lan:8080'],
  [{ host: 'http://nas.lan' }, 'http://nas.lan:8080'],
  [{ host: 'http://nas.lan:8080' }, 'http://nas.lan:8080'],
  [{ host: 'nas.lan:8080' }, 'http://nas.lan:8080'],
  [{ host: '::1' }, 'http://[::1]:8080'],
  [{ host: '[2001:db8::1]' }, 'http://[2001:db8::1]:8080'],
  [{ host: 'https://[::1]' }, 'https://[::1]:8080'],
  [{ base_path: '/qbit' }, 'http://localhost:8080/qbit'],
  [{ base_path: 'a/b/' }, 'http://localhost:8080/a/b'],
  [{ base_path: '/' }, 'http://localhost:8080'],
  [{ host: 'http://nas/qbit/' }, 'http://nas:8080/qbit'],
  [{ host: 'http://nas/qbit', base_path: 'other' }, 'http://nas:8080/other'],
];
for (const [given, expected] of table) {
  test(`${JSON.stringify(given)} is reached at ${expected}`, () => {
    const url = qbittorrentBaseUrl({ qbittorrent: { ...qbittorrent, ...given } });
    assert.is(url, expected);
    assert.ok(URL.canParse(url));
  });
}

test.run();
