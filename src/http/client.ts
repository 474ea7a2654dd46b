import type { IncomingMessage } from 'node:http';
import { AddressSet, isLoopbackAddress, readAddress } from '../config/addresses.ts';
import { isLoopbackName, parseHost } from './host-header.ts';

/**
 * Any of these says that something stands between the client and the loopback interface: a reverse proxy, a tunnel, a
 * content network, or a gateway that has looked at who comes. Families rather than names: one header too many costs its
 * sender a key, one too few lets a stranger in.
 */
const FORWARDER_HEADER = new RegExp(
  `^(?:${[
    '(?:x-)?forwarded(?:-.+)?',
    'via',
    'max-forwards',
    'cdn-.+',
    'cf-.+',
    '(?:.+-)?client-ip',
    '(?:.+-)?real-ip',
    '(?:.+-)?peer-ip',
    '(?:.+-)?remote-(?:ip|addr|address|user|name|groups|email)',
    '(?:.+-)?proxy(?:user)?-.+',
    'x-original-.+',
    'x-(?:host|scheme|url-scheme|port|prefix|protocol)',
    'front-end-https',
    'x-(?:envoy|amz|amzn|azure|arr|appengine|cloud|vercel|akamai|varnish|traefik|haproxy|nginx|sucuri|ssl|tls)-.+',
    '(?:fastly|fly|akamai|incap|tailscale|ngrok|cloudfront|ssl-client|true-client)-.+',
    'x-(?:auth-request|webauth|authentik|authelia|authenticated|client-cert|goog)-.+',
    'x-varnish',
    'surrogate-.+',
  ].join('|')})$`,
);

type ClientRequest = Pick<IncomingMessage, 'headers' | 'httpVersion' | 'socket'>;

/** Whoever made a request, as far as the socket and trusted proxies tell. */
export interface Client {
  readonly address: string;
  /** By our own TLS or that of a trusted proxy. */
  readonly usesTls: boolean;
  /** Whether it says by X-Forwarded-For to be another, and is no trusted proxy. */
  readonly isDoubtful: boolean;
}

/**
 * Whether the request was made on this machine, to this machine: the socket alone doesn't tell, as a proxy's
 * clients and a web page whose domain was rebound to 127.0.0.1 come over loopback too. No header can make it so, and
 * any that forwarders add ends it. So does HTTP/1.0, which nginx speaks unless it is told otherwise, and no client of
 * today. What can't be told apart: a forwarder that adds nothing, as those of TCP.
 *
 * Takes for granted that `headers` has every header there is: the server must not let Node drop any
 * (`maxHeadersCount`).
 */
export function isDirectLoopback({ headers, httpVersion, socket }: ClientRequest): boolean {
  const host = parseHost(headers.host);
  return (
    isLoopbackAddress(socket.remoteAddress ?? '') &&
    httpVersion === '1.1' &&
    host !== null &&
    isLoopbackName(host.name) &&
    !Object.keys(headers).some((name) => FORWARDER_HEADER.test(name))
  );
}

/** Tells clients from the proxies in front of them. */
export class ClientReader {
  #ranges: readonly string[] = [];
  #proxies = new AddressSet([]);

  /**
   * Of X-Forwarded-For the nearest address that is no trusted proxy itself: what stands before it, the client may
   * have written. From any other peer the header counts for nothing.
   * @param trustedProxies as `parseAddressRange` takes them
   */
  read(
    { headers, socket }: Pick<ClientRequest, 'headers' | 'socket'>,
    trustedProxies: readonly string[],
  ): Client {
    const remote = socket.remoteAddress ?? 'unknown';
    const peer = readAddress(remote) ?? remote;
    const usesTls = 'encrypted' in socket && socket.encrypted === true;
    this.#learn(trustedProxies);
    if (!this.#proxies.has(peer)) {
      return { address: peer, usesTls, isDoubtful: headers['x-forwarded-for'] !== undefined };
    }
    const hops = textOf(headers['x-forwarded-for']).split(',').map(addressOf);
    let address = peer;
    while (this.#proxies.has(address)) {
      const before = hops.pop();
      if (before === undefined || before === null) break;
      address = before;
    }
    return { address, usesTls: usesTls || claimsTls({ headers }), isDoubtful: false };
  }

  #learn(ranges: readonly string[]): void {
    if (ranges === this.#ranges) return;
    this.#ranges = ranges;
    this.#proxies = new AddressSet(ranges);
  }
}

/** Whether a proxy says that the client came by https; whether to believe it is another matter. */
export function claimsTls({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const scheme = textOf(headers['x-forwarded-proto']).split(',', 1).join('').trim().toLowerCase();
  return scheme === 'https' || /(?:^|[;,\s])proto="?https"?(?:[;,\s]|$)/i.test(textOf(headers.forwarded));
}

function textOf(header: string | readonly string[] | undefined): string {
  return header === undefined ? '' : String(header);
}

/** `10.0.0.1`, `10.0.0.1:1234`, `2001:db8::1` or `[2001:db8::1]:1234`; null for anything else. */
function addressOf(hop: string): string | null {
  const text = hop.trim().toLowerCase();
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  return readAddress(bare);
}
