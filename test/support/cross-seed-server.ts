import type { Reply, Script, SeenRequest } from './scripted-server.ts';

/** Keys that version 6 knows; any other makes it refuse the whole body. */
const KNOWN = new Set([
  'infoHash',
  'path',
  'ignoreCrossSeeds',
  'ignoreExcludeRecentSearch',
  'ignoreExcludeOlder',
  'ignoreBlockList',
  'includeSingleEpisodes',
  'includeNonVideos',
]);

/** cross-seed's API as version 6 answers it, with all its strictness: the key first, then the route's own rules. */
export function crossSeed(apiKey: string, base = ''): Script {
  return (request) => {
    const { method, path } = request;
    if (method === 'GET' && path === `${base}/api/ping`) return { status: 200, body: 'OK' };
    const isWebhook = method === 'POST' && path === `${base}/api/webhook`;
    const isStatus = method === 'GET' && path === `${base}/api/status`;
    if (!isWebhook && !isStatus) return { status: 404, body: `Unknown endpoint: ${path}` };
    if (givenKey(request) !== apiKey) return { status: 401, body: 'Specify the API key' };
    return isStatus ? { status: 200, body: 'OK' } : webhook(request);
  };
}

function givenKey({ headers, query }: SeenRequest): string {
  const header = headers['x-api-key'];
  return (typeof header === 'string' ? header : '') || (query.get('apikey') ?? '');
}

function webhook(request: SeenRequest): Reply {
  const type = request.headers['content-type']?.split(';')[0];
  if (type !== 'application/json' && type !== 'application/x-www-form-urlencoded') return { status: 415 };
  const fields: Record<string, unknown> = parse(request, type);
  const { infoHash, path } = fields;
  const isValid =
    Object.keys(fields).every((key) => KNOWN.has(key)) &&
    (infoHash === undefined || (typeof infoHash === 'string' && infoHash.length === 40)) &&
    (infoHash === undefined) !== (path === undefined);
  return isValid ? { status: 204 } : { status: 400, body: 'A valid infoHash must be provided' };
}

function parse({ body, form }: SeenRequest, type: string): Record<string, unknown> {
  if (type !== 'application/json') return Object.fromEntries(form);
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
