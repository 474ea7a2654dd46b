import { existsSync } from 'node:fs';
import type { Environment } from './environment.ts';

/** Where the config is looked for when nothing names it. */
export const DEFAULT_CONFIG_PATH = 'config/qguardarr.yaml';

export interface LocateRequest {
  /** `--config`; null or '' when not given. */
  readonly flag: string | null;
  readonly env: Environment;
  readonly exists?: (path: string) => boolean;
}

/**
 * The path of the config file: `--config`, then `QGUARDARR_CONFIG`, then config/qguardarr.yaml when it is
 * there; null if none. A path that was named is returned whether it exists or not: reading it then says so,
 * where falling back to another file would run a config that the user didn't mean.
 */
export function locateConfig({ flag, env, exists = existsSync }: LocateRequest): string | null {
  if (flag) return flag;
  const named = env.QGUARDARR_CONFIG;
  if (named) return named;
  return exists(DEFAULT_CONFIG_PATH) ? DEFAULT_CONFIG_PATH : null;
}
