import { mayBeSecret } from '../control/shown-address.ts';
import { isMapping, type Shape } from './codecs.ts';
import { isSecretName } from './issues.ts';
import { type Config, configCodec } from './schema.ts';

/** A shorter one would be found in texts that have nothing to do with it. */
const SHORTEST = 6;

/**
 * Every secret that the config holds, as it may turn up elsewhere: of a secret URL its parts, too. Empty and very
 * short ones are left out.
 */
export function secretsOf(config: Config): readonly string[] {
  const found: string[] = [];
  gather(config, '', configCodec.shape, found);
  return [...new Set(found.flatMap(partsOf))].filter((text) => text.length >= SHORTEST);
}

/** A variable that the value is taken from, without a default that would be the secret itself. */
const REFERENCE = /\$\{[A-Za-z_][A-Za-z0-9_]*(?::-)?\}/g;

/** Whether a config, as its file has it, holds a secret itself, and not only names of variables that do. */
export function holdsSecrets(tree: unknown): boolean {
  const found: string[] = [];
  gather(tree, '', configCodec.shape, found);
  return found.some((text) => text.replace(REFERENCE, '').trim() !== '');
}

function gather(value: unknown, key: string, shape: Shape | undefined, into: string[]): void {
  if (Array.isArray(value)) {
    for (const item of value) gather(item, key, shape?.kind === 'list' ? shape.item : undefined, into);
  } else if (isMapping(value)) {
    const keys = shape?.kind === 'section' ? shape.keys : undefined;
    for (const [name, item] of Object.entries(value)) gather(item, name, keys?.get(name), into);
  } else if (typeof value === 'string' && (isSecretName(key) || (shape?.kind === 'value' && shape.secret))) {
    into.push(value);
  } else if (typeof value === 'string' && ADDRESSES.has(key)) {
    into.push(...secretsInAddress(key === 'base_path' ? `/${value}` : value));
  }
}

const ADDRESSES: ReadonlySet<string> = new Set(['url', 'host', 'base_path']);

/** Password, query and what of the path may be a key. */
function secretsInAddress(address: string): readonly string[] {
  const [rest = '', query = ''] = address.replace(/#.*$/s, '').split('?', 2);
  const [, user, afterUser = rest] = /^(?:[a-z][a-z0-9+.-]*:)?\/\/([^/]*)@(.*)$/is.exec(rest) ?? [];
  const path = afterUser.replace(/^(?:[a-z][a-z0-9+.-]*:\/\/)?[^/]*/i, '');
  const values = query.split('&').map((pair) => pair.replace(/^[^=]*=/, ''));
  const password = user?.includes(':') ? [user.replace(/^[^:]*:/, '')] : [];
  return [...path.split('/').filter(mayBeSecret), ...values, ...password].flatMap(asWrittenAndMeant);
}

function asWrittenAndMeant(text: string): readonly string[] {
  try {
    return [text, decodeURIComponent(text)];
  } catch {
    return [text];
  }
}

function partsOf(secret: string): readonly string[] {
  if (!/^https?:\/\//i.test(secret) || !URL.canParse(secret)) return [secret];
  const { pathname, search, password } = new URL(secret);
  return [secret, `${pathname}${search}`, decodeURIComponent(password)];
}
