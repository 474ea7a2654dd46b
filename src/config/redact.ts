import { shownAddress, shownPath } from '../control/shown-address.ts';
import { isMapping, type Shape } from './codecs.ts';
import { isSecretName } from './issues.ts';
import { type Config, configCodec } from './schema.ts';

const STARS = '***';

function redact(value: unknown, key: string, shape: Shape | undefined): unknown {
  if (isSecretName(key) || (shape?.kind === 'value' && shape.secret === true)) return STARS;
  if (typeof value === 'string') {
    if (key === 'base_path') return shownPath(value);
    return key === 'url' || key === 'host' ? shownAddress(value) : value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => redact(item, key, shape?.kind === 'list' ? shape.item : undefined));
  }
  return isMapping(value) ? redactMapping(value, shape) : value;
}

function redactMapping(value: Readonly<Record<string, unknown>>, shape: Shape | undefined) {
  const keys = shape?.kind === 'section' ? shape.keys : undefined;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, redact(item, name, keys?.get(name))]),
  );
}

/** A copy to show: every secret is "***", set or not; so is what of an address may be one. */
export function redactConfig(config: Config): Record<string, unknown> {
  return redactMapping(config, configCodec.shape);
}
