import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { parseAddressRange } from '../config/access.ts';
import { isLoopbackAddress, isLoopbackName, parseHost, plainAddress } from './host-header.ts';

/** Any of these says that a proxy stands between the client and the loopback interface. */
const PROXY_HEADERS = [
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'forwarded',
  'via',
] as const;

type ClientRequest = Pick<IncomingMessage, 'headers' | 'socket'>;

/** Whoever made a request, as far as the socket and trusted proxies tell. */
export interface Client {
  readonly address: string;
  /** By our own TLS or that of a trusted proxy. */
  readonly usesTls: boolean;
}

/**
 * Whether the request was made on this machine, to this machine: the socket alone doesn't tell, as a proxy's
 * clients and a web page whose domain was rebound to 127.0.0.1 come over loopback too. No header can make it so.
 */
export function isDirectLoopback(request: ClientRequest): boolean {
  const { remoteAddress } = request.socket;
  const host = parseHost(request.headers.host);
  return (
    remoteAddress !== undefined &&
    isLoopbackAddress(remoteAddress) &&
    host !== null &&
    isLoopbackName(host.name) &&
    PROXY_HEADERS.every((header) => request.headers[header] === undefined)
  );
}

/** Tells clients from the proxies in front of them. */
export class ClientReader {
  #ranges: readonly string[] = [];
  #proxies = new BlockList();

  /**
   * Of X-Forwarded-For the nearest address that is no trusted proxy itself: what stands before it, the client may
   * have written. From any other peer the header counts for nothing.
   * @param trustedProxies as `parseAddressRange` takes them
   */
  read(request: ClientRequest, trustedProxies: readonly string[]): Client {
    const { socket, headers } = request;
    const peer = plainAddress(socket.remoteAddress ?? 'unknown');
    const usesTls = 'encrypted' in socket && socket.encrypted === true;
    this.#learn(trustedProxies);
    if (!this.#isProxy(peer)) return { address: peer, usesTls };
    const hops = textOf(headers['x-forwarded-for']).split(',').map(addressOf);
    let address = peer;
    while (this.#isProxy(address)) {
      const before = hops.pop();
      if (before === undefined || before === null) break;
      address = before;
    }
    const scheme = textOf(headers['x-forwarded-proto']).split(',', 1).join('').trim().toLowerCase();
    return { address, usesTls: usesTls || scheme === 'https' };
  }

  #learn(ranges: readonly string[]): void {
    if (ranges === this.#ranges) return;
    this.#ranges = ranges;
    this.#proxies = new BlockList();
    for (const range of ranges) {
      const parsed = parseAddressRange(range);
      if (parsed !== null) this.#proxies.addSubnet(parsed.address, parsed.bits, familyOf(parsed.address));
    }
  }

  #isProxy(address: string): boolean {
    return isIP(address) !== 0 && this.#proxies.check(address, familyOf(address));
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

function textOf(header: string | readonly string[] | undefined): string {
  return header === undefined ? '' : String(header);
}

/** `10.0.0.1`, `10.0.0.1:1234`, `2001:db8::1` or `[2001:db8::1]:1234`; null for anything else. */
function addressOf(hop: string): string | null {
  const text = hop.trim().toLowerCase();
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  return isIP(bare) === 0 || bare.includes('%') ? null : plainAddress(bare);
}
