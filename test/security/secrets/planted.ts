/** One secret of each kind that a user has, each of them found nowhere else. */
export const PLANTED = {
  'passkey in the path': 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
  'passkey in the query': 'ffee00112233445566778899aabbccdd',
  'password in an announce URL': 'planted-announce-password-11',
  "qBittorrent's password": 'planted "qbittorrent" p@ssword-22',
  'a refused qBittorrent password': 'planted-refused-password-33',
  'the API key': 'planted-api-key-44',
  'a wrong API key': 'planted-wrong-key-55',
  'the token of a webhook': 'planted-webhook-token-66',
  'the token of a Discord webhook': 'planted-discord-token-77',
  'the key of an Apprise URL': 'planted-apprise-key-88',
  'the password of an Apprise URL': 'planted-apprise-password-99',
  "cross-seed's key": 'planted-cross-seed-key-10',
  'a key in a URL of the config': 'planted-url-key-12',
  "a key in the path of qBittorrent's address": 'planted-client-path-13',
  "a key in the path of cross-seed's address": 'planted-cross-path-14',
  'a key in the path of our own address': 'planted-own-path-15',
  "a key in the path of the webhook's address": 'planted-webhook-path-16',
} as const;

export type SecretName = keyof typeof PLANTED;

/** In the forms in which a secret may slip through a search for itself. */
export function formsOf(secret: string): readonly string[] {
  const encoded = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return [
    ...new Set([
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      new URLSearchParams({ x: secret }).toString().slice(2),
      encoded,
      Buffer.from(secret).toString('base64url'),
      Buffer.from(secret).toString('hex'),
    ]),
  ];
}

/** Which secrets the text has in it, but for those that it is meant to hold. */
export function secretsIn(text: string, meant: readonly SecretName[] = []): readonly SecretName[] {
  const lower = text.toLowerCase();
  return (Object.keys(PLANTED) as SecretName[])
    .filter((name) => !meant.includes(name))
    .filter((name) => formsOf(PLANTED[name]).some((form) => lower.includes(form.toLowerCase())));
}
