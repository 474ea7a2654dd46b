import type { IncomingMessage, ServerResponse } from 'node:http';

const MAX_BODY_BYTES = 16 * 1024 * 1024;
const API_PREFIX = '/api/v2/';

/** One request, as far as qBittorrent looks at it. */
export interface ApiRequest {
  readonly method: string;
  /** `torrents/info`: the path below `/api/v2/`; null for any other path. */
  readonly endpoint: string | null;
  /** From the query for GET, from the form for POST. */
  readonly params: URLSearchParams;
  readonly cookieId: string | undefined;
  /** A POST body that is no form. */
  readonly isMalformed: boolean;
  /** Referer or Origin name another site. */
  readonly isForeign: boolean;
}

export interface ApiAnswer {
  readonly status: number;
  /** A string goes out as text/plain, anything else as JSON. */
  readonly body: unknown;
  readonly cookie?: string;
}

/** Refuses a request with a status and the text that qBittorrent sends with it. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

export async function readRequest(incoming: IncomingMessage): Promise<ApiRequest> {
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  const isPost = incoming.method === 'POST';
  const body = await readBody(incoming);
  const isForm = (incoming.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  return {
    method: incoming.method ?? 'GET',
    endpoint: url.pathname.startsWith(API_PREFIX) ? url.pathname.slice(API_PREFIX.length) : null,
    params: isPost ? new URLSearchParams(isForm ? body : '') : url.searchParams,
    cookieId: /(?:^|;\s*)SID=([^;]+)/.exec(incoming.headers.cookie ?? '')?.[1],
    isMalformed: isPost && body !== '' && !isForm,
    isForeign: [incoming.headers.referer, incoming.headers.origin].some(
      (from) => from !== undefined && hostOf(from) !== incoming.headers.host,
    ),
  };
}

export function sendAnswer(answer: ApiAnswer, outgoing: ServerResponse): void {
  const isText = typeof answer.body === 'string';
  const payload = isText ? String(answer.body) : JSON.stringify(answer.body);
  outgoing.setHeader('Content-Type', isText ? 'text/plain; charset=UTF-8' : 'application/json');
  if (answer.cookie !== undefined) outgoing.setHeader('Set-Cookie', answer.cookie);
  outgoing.writeHead(answer.status);
  outgoing.end(payload);
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new ApiRefusal(413, 'Payload Too Large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '';
}
