import type { PublicRead } from '../config/access.ts';

/** Who may ask for what, and where the service stands. Asked for at each request, so that a reload takes effect. */
export interface Access {
  /** The key in force. An empty one allows no request in. */
  readonly apiKey: string;
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
