import * as assert from 'uvu/assert';
import type { Environment } from '../../../src/config/environment.ts';
import { type LoadResult, loadConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/schema.ts';

/** The least that is valid, as lines; tests put their own in front or behind. */
export const QBITTORRENT = 'qbittorrent:\n  host: localhost\n  port: 8080\n';
export const TRACKERS = "trackers:\n  - id: default\n    pattern: '.*'\n    max_upload_speed: -1\n";
export const MINIMAL = `${QBITTORRENT}${TRACKERS}`;

export class FileError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

export interface World {
  readonly env?: Environment;
  /** Files besides the config, by path; a text that starts with "!" is the error code of reading it. */
  readonly files?: Readonly<Record<string, string>>;
}

export function load(yaml: string, { env = {}, files = {} }: World = {}): Promise<LoadResult> {
  return loadConfig({
    path: 'q.yaml',
    env,
    readFile: async (path) => {
      if (path === 'q.yaml') return yaml;
      const text = files[path];
      if (text === undefined) throw new FileError('ENOENT');
      if (text.startsWith('!')) throw new FileError(text.slice(1));
      return text;
    },
  });
}

export async function loadValid(yaml: string, world?: World): Promise<Config> {
  const result = await load(yaml, world);
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.errors));
  return result.config;
}

export async function warningsOf(yaml: string): Promise<readonly string[]> {
  const result = await load(yaml);
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.errors));
  return result.warnings;
}

/** Each error as [path, message]. */
export async function errorsOf(yaml: string, world?: World): Promise<[string, string][]> {
  const result = await load(yaml, world);
  assert.not.ok(result.ok, 'expected errors, but the config is valid');
  return result.ok ? [] : result.errors.map(({ path, message }) => [path, message]);
}

/** Asserts that there is exactly one error, there, saying that. */
export async function assertOneError(
  yaml: string,
  path: string,
  message: RegExp,
  world?: World,
): Promise<void> {
  const errors = await errorsOf(yaml, world);
  assert.equal(
    errors.map(([at]) => at),
    [path],
    JSON.stringify(errors),
  );
  assert.match(errors[0]?.[1] ?? '', message);
}
