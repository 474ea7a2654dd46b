/** `qbittorrent.host` taken apart: users write a name, an address or a whole URL there. */
export interface QbittorrentHost {
  readonly scheme: 'http' | 'https' | null;
  /** IPv6 addresses in brackets. */
  readonly host: string;
  readonly port: number | null;
  readonly path: string;
}

const HOST =
  /^(?:(https?):\/\/)?(?:(\[[0-9a-f:.]+\]|[^\s/?#@:[\]]+)(?::(\d{1,5}))?|([0-9a-f:.]+))(\/[^\s?#@]*)?$/i;

/** @returns null for what is none of these, or holds a user name, query or space. */
export function parseQbittorrentHost(input: string): QbittorrentHost | null {
  const parts = HOST.exec(input.trim());
  if (parts === null) return null;
  const [, scheme, name, port, bareIpv6, path = ''] = parts;
  return {
    scheme: scheme === undefined ? null : scheme.toLowerCase() === 'https' ? 'https' : 'http',
    host: name ?? `[${bareIpv6}]`,
    port: port === undefined ? null : Number(port),
    path: path.replace(/\/+$/, ''),
  };
}
