const WEBHOOK = '/api/webhook';

/**
 * Where a route of cross-seed's API is, from the address in the config: its webhook's, as the Python Qguardarr had
 * it, or just cross-seed's own ("http://nas:2468", with its basePath where it has one). A query stays: it may hold the key.
 * @param url http:// or https://, as the config checks
 */
export function crossSeedUrl(url: string, route: 'webhook' | 'ping' | 'status'): string {
  const address = new URL(url);
  const path = address.pathname.replace(/\/+$/, '');
  const base = path.endsWith(WEBHOOK) ? path.slice(0, -WEBHOOK.length) : path;
  address.pathname = `${base}/api/${route}`;
  return address.href;
}
