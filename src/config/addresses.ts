/** IP addresses as values: one address has many spellings, and none of them may be told from another by its text. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** An address with the bits of it that count: `10.0.0.0/8` is { address: '10.0.0.0', bits: 8 }. */
export interface AddressRange {
  /** As `readAddress` writes it. */
  readonly address: string;
  readonly bits: number;
}

/** What one client of IPv6 gets at least: it can take any address of it. */
const CLIENT_BITS = 64;
/** The bits in front of an IPv4 address that is written as one of IPv6. */
const MAPPED_BITS = 96;

/** Node decides what is an address (`010.0.0.1` and `127.1` are none), ipaddr.js what it means. */
function parse(text: string): Address | null {
  if (isIP(text) === 0 || text.includes('%')) return null;
  // "IPv4-compatible", given up in 2006: ipaddr.js takes it for the IPv4 address itself, and systems don't.
  if (/^::\d+\./.test(text)) return null;
  return ipaddr.parse(text);
}

function written(address: Address): string {
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

function unmapped(address: Address): Address {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/**
 * The one spelling of an IP address: `2001:DB8:0:0::1` is `2001:db8::1`, and `::ffff:10.0.0.1`, as sockets report
 * clients of IPv4, is `10.0.0.1`. Returns null for anything else; an address with a zone (`%eth0`) is none.
 */
export function readAddress(text: string): string | null {
  const address = parse(text);
  return address === null ? null : written(unmapped(address));
}

/** Reads an IP address, alone or with a prefix length; null for anything else. */
export function parseAddressRange(input: string): AddressRange | null {
  const [text = '', prefix, ...more] = input.trim().split('/');
  const address = parse(text);
  if (address === null || more.length > 0) return null;
  const longest = address.kind() === 'ipv4' ? 32 : 128;
  const bits = prefix === undefined ? longest : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (!(bits <= longest)) return null;
  const plain = bits >= MAPPED_BITS ? unmapped(address) : address;
  return { address: written(plain), bits: plain === address ? bits : bits - MAPPED_BITS };
}

/** Whether it is an address of the loopback interface, however it is spelt. */
export function isLoopbackAddress(text: string): boolean {
  const address = parse(text);
  return address !== null && unmapped(address).range() === 'loopback';
}

/** What stands for a client by its address: the address, or of IPv6 its network (/64). A text that is no address is itself. */
export function clientNetwork(text: string): string {
  const address = parse(text);
  if (address === null) return text;
  const plain = unmapped(address);
  // Loopback is one address: no network, which would hold others.
  if (plain instanceof ipaddr.IPv4 || plain.range() === 'loopback') return plain.toString();
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${plain.toNormalizedString()}/${CLIENT_BITS}`);
  return `${network.toRFC5952String()}/${CLIENT_BITS}`;
}

/** A set of addresses, given as ranges. Texts that `parseAddressRange` refuses are left out. */
export class AddressSet {
  readonly #ranges: readonly { readonly base: Address; readonly bits: number }[];

  constructor(ranges: readonly string[]) {
    this.#ranges = ranges.flatMap((range) => {
      const parsed = parseAddressRange(range);
      return parsed === null ? [] : [{ base: ipaddr.parse(parsed.address), bits: parsed.bits }];
    });
  }

  has(text: string): boolean {
    const address = parse(text);
    if (address === null) return false;
    const plain = unmapped(address);
    return this.#ranges.some(({ base, bits }) => base.kind() === plain.kind() && plain.match(base, bits));
  }

  /** How much of all IPv4 or of all IPv6 addresses is in it, whichever is more: 0..1. */
  get share(): number {
    return Math.max(this.#shareOf('ipv4', 32), this.#shareOf('ipv6', 128));
  }

  /** Ranges are nested or apart: those that lie in a wider one add nothing. */
  #shareOf(kind: 'ipv4' | 'ipv6', longest: number): number {
    const widestFirst = this.#ranges
      .filter(({ base }) => base.kind() === kind)
      .map(({ base, bits }) => ({ base, bits: Math.min(bits, longest) }))
      .sort((one, other) => one.bits - other.bits);
    return widestFirst
      .filter(
        ({ base }, index) => !widestFirst.slice(0, index).some((wider) => base.match(wider.base, wider.bits)),
      )
      .reduce((sum, { bits }) => sum + 2 ** -bits, 0);
  }
}
