import { isIP, isIPv4, isIPv6 } from 'node:net';

export interface HostName {
  /** Lower case, without brackets and without the root's trailing dot. */
  readonly name: string;
  /** null when the header names none. */
  readonly port: number | null;
}

const BRACKETED = /^\[([0-9a-f:.]+)\](?::(\d{1,5}))?$/;
const PLAIN = /^([a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)\.?(?::(\d{1,5}))?$/;

/** Reads a Host header (`name`, `name:port`, `[v6]:port`). Returns null when it is missing or is anything else. */
export function parseHost(header: string | undefined): HostName | null {
  if (header === undefined) return null;
  const text = header.toLowerCase();
  const bracketed = BRACKETED.exec(text);
  const match = bracketed ?? PLAIN.exec(text);
  const name = match?.[1];
  if (name === undefined || (bracketed !== null && !isIPv6(name))) return null;
  return { name, port: match?.[2] === undefined ? null : Number(match[2]) };
}

/** An IPv4 address that an IPv6 socket reports as `::ffff:a.b.c.d`, in its own form; any other as it is. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && isIPv4(address.slice(7)) ? address.slice(7) : address;
}

/** Whether it is an IP address literal of the loopback interface. */
export function isLoopbackAddress(address: string): boolean {
  const plain = plainAddress(address);
  return plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'));
}

export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || isLoopbackAddress(name);
}

/**
 * Whether no stranger's DNS can make a browser send this name to us: a web page attacks by rebinding a domain
 * it owns, and an IP literal or a name without a dot has no owner.
 */
export function isNotRebindable(name: string): boolean {
  return isLoopbackName(name) || isIP(name) !== 0 || !name.includes('.');
}
