import { isIPv6 } from 'node:net';
import { isLoopbackAddress, readAddress } from '../config/addresses.ts';

export interface HostName {
  /** Lower case, without brackets and without the root's trailing dot; of an address its one spelling. */
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
  return { name: readAddress(name) ?? name, port: match?.[2] === undefined ? null : Number(match[2]) };
}

export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || isLoopbackAddress(name);
}

/**
 * Whether no stranger's DNS can make a browser send this name to us: a web page attacks by rebinding a domain
 * it owns, and an IP literal or a name without a dot has no owner.
 */
export function isNotRebindable(name: string): boolean {
  return isLoopbackName(name) || readAddress(name) !== null || !name.includes('.');
}

export interface Origin {
  /** As `HostName.name`. */
  readonly name: string;
  readonly port: number;
  readonly usesTls: boolean;
}

/** Reads an Origin header: of a web page only, so `http://` or `https://`, a host, and nothing after it. Null otherwise. */
export function readOrigin(header: string): Origin | null {
  const [, scheme, authority] = /^(https?):\/\/([^/?#@\\\s]+)$/i.exec(header) ?? [];
  const host = parseHost(authority);
  if (scheme === undefined || host === null) return null;
  const usesTls = scheme.toLowerCase() === 'https';
  return { name: host.name, port: host.port ?? (usesTls ? 443 : 80), usesTls };
}
