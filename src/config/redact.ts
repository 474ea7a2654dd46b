import { isMapping } from './codecs.ts';
import { isSecretName } from './issues.ts';
import type { Config } from './schema.ts';

const STARS = '***';

/** A URL without user info and without the values of its query. */
function redactUrl(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/?#]*@/i, `$1${STARS}@`).replace(/\?.*$/s, `?${STARS}`);
}

function redact(value: unknown, key: string): unknown {
  if (isSecretName(key)) return STARS;
  if (typeof value === 'string') return key === 'url' || key === 'host' ? redactUrl(value) : value;
  if (Array.isArray(value)) return value.map((item) => redact(item, key));
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, redact(item, name)]));
}

/** A copy to show: every secret is "***", set or not; URLs lose their user info and query. */
export function redactConfig(config: Config): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).map(([name, item]) => [name, redact(item, name)]));
}
