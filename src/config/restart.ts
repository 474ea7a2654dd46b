import type { Config } from './schema.ts';

const FIXED_KEYS: readonly { readonly key: string; readonly read: (config: Config) => unknown }[] = [
  { key: 'global.host', read: (config) => config.global.host },
  { key: 'global.port', read: (config) => config.global.port },
  { key: 'global.tls_cert_file', read: (config) => config.global.tls_cert_file },
  { key: 'global.tls_key_file', read: (config) => config.global.tls_key_file },
  { key: 'global.max_queued_calls', read: (config) => config.global.max_queued_calls },
  { key: 'global.dry_run_store_path', read: (config) => config.global.dry_run_store_path },
  { key: 'qbittorrent.name', read: (config) => config.qbittorrent.name },
  { key: 'rollback.max_changes', read: (config) => config.rollback.max_changes },
  { key: 'rollback.track_all_changes', read: (config) => config.rollback.track_all_changes },
  { key: 'rollback.database_path', read: (config) => config.rollback.database_path },
];

/** The keys that differ and that a reload can't apply while running; everything else is reloadable. */
export function restartNeeded(before: Config, after: Config): string[] {
  return FIXED_KEYS.filter(({ read }) => read(before) !== read(after)).map(({ key }) => key);
}
