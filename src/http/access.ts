import type { KeyScope, PublicRead } from '../config/access.ts';

/** A key that is in force. */
export interface AccessKey {
  readonly name: string;
  readonly scope: KeyScope;
  /** Never empty. */
  readonly key: string;
}

/** Who may ask for what, and where the service stands. Asked for at each request, so that a reload takes effect. */
export interface Access {
  /** The keys in force. */
  readonly keys: readonly AccessKey[];
  /** Whether a request of this machine needs no key. Off behind a local proxy that adds no forwarding header. */
  readonly trustLoopback: boolean;
  /** What anyone may read. */
  readonly publicReads: readonly PublicRead[];
  /** Names, without port, that changes may be asked for under, besides loopback, addresses and single labels. */
  readonly allowedHosts: readonly string[];
  /** Addresses and ranges of the proxies whose word on their clients is believed. */
  readonly trustedProxies: readonly string[];
  /** '' or '/qguardarr': the path that a proxy puts the service at. */
  readonly basePath: string;
}
