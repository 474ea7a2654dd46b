/** The config's `auth`: who may ask the service for what, and what stands between it and them. */
import * as t from 'io-ts';
import { parseAddressRange } from './addresses.ts';
import { choice, closed, Field, flag, list, optional, secret, text, textMatching } from './codecs.ts';

/** What `auth.public` can open: groups of reads, each of them one path or the paths below it. */
export const PUBLIC_READS = [
  'health',
  'metrics',
  'state',
  'stats',
  'events',
  'torrents',
  'preview',
  'journal',
] as const;

export type PublicRead = (typeof PUBLIC_READS)[number];

/** Sent in a header: a line break or a space in it would break the request. */
export const headerKey = textMatching('API key without spaces and line breaks', /^[\x21-\x7e]*$/);

/** A key of our own. A short one can be guessed in spite of the pauses after wrong ones. */
export const OWN_KEY = {
  form: /^[\x21-\x7e]{16,512}$/,
  inWords: '16 to 512 characters without spaces and line breaks',
};

const ownKey = text(
  `API key of ${OWN_KEY.inWords}, or ""`,
  (input) => input === '' || OWN_KEY.form.test(input),
);

/** What a key lets its holder do: tell of torrents (`POST /webhook`), read all, or all. */
export const KEY_SCOPES = ['webhook', 'read', 'admin'] as const;

export type KeyScope = (typeof KEY_SCOPES)[number];

const namedKey = closed({
  /** Shown in place of the key, and the name of the file that it is kept in. */
  name: textMatching('name of 1 to 32 characters a-z, 0-9, "_" and "-"', /^[a-z0-9_-]{1,32}$/),
  scope: choice(...KEY_SCOPES),
  /** Empty: one is made, and kept in the data folder. */
  key: optional(secret(ownKey), ''),
});

const flagOrAuto = new Field<boolean | 'auto'>(
  'true, false or auto',
  (input, context) => {
    if (typeof input === 'string' && input.trim().toLowerCase() === 'auto') return t.success('auto');
    const decoded = flag.validate(input, context);
    return decoded._tag === 'Right' ? decoded : t.failure(input, context, 'expected true, false or auto');
  },
  {
    kind: 'value',
    schema: { enum: [true, false, 'auto'] },
    isLikely: (input) => /^[a-z\d]{1,6}$/i.test(input),
  },
);

export const authSection = closed({
  /** Empty: one is made at first start. */
  api_key: optional(secret(ownKey), ''),
  /** Further keys, each for a part. */
  keys: optional(list(namedKey), []),
  /** Host names besides loopback under which browsers may reach the service. */
  allowed_hosts: optional(list(text('text, not empty', (input) => input.trim() !== '')), []),
  /** Whether a request made on this machine, to this machine and through no proxy needs no key; see `trustsLoopback`. */
  trust_loopback: optional(flagOrAuto, 'auto'),
  /** What may be read without a key, from anywhere. */
  public: optional(list(choice(...PUBLIC_READS)), []),
  /** Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. */
  trusted_proxies: optional(
    list(text('IP address or range such as 172.16.0.0/12', (input) => parseAddressRange(input) !== null)),
    [],
  ),
});

interface AccessSettings {
  readonly auth: t.TypeOf<typeof authSection>;
  readonly global: { readonly base_path: string };
}

/** The settings that tell of a proxy in front, by their path in the config. */
export function proxySettings({ auth, global }: AccessSettings): readonly string[] {
  return [
    ...(global.base_path === '' ? [] : ['global.base_path']),
    ...(auth.allowed_hosts.length === 0 ? [] : ['auth.allowed_hosts']),
    ...(auth.trusted_proxies.length === 0 ? [] : ['auth.trusted_proxies']),
  ];
}

/** Whether loopback is trusted: by `auto` where no setting tells of a proxy, whose clients would come over it too. */
export function trustsLoopback(settings: AccessSettings): boolean {
  const { trust_loopback } = settings.auth;
  return trust_loopback === 'auto' ? proxySettings(settings).length === 0 : trust_loopback;
}

/** Where a reverse proxy puts the service: '' or '/qguardarr', without a slash at the end. */
export const basePath = text('URL path such as "/qguardarr", or ""', (input) =>
  /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)*$/.test(input),
);
