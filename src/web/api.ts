/** What the service answered instead of what was asked for. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** 0: no answer at all. */
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

/** The HTTP API. Who is logged in has a cookie for it, which no script can read. */
export class Api {
  /** Told when a request needs a login, with the API's words for why: its code and its message. */
  onUnauthorized: (code: string, message: string) => void = () => undefined;

  /** @throws ApiError */
  async get<T>(path: string, parameters: Readonly<Record<string, string | number>> = {}): Promise<T> {
    const query = new URLSearchParams(
      Object.entries(parameters).map(([name, value]) => [name, String(value)]),
    );
    const response = await this.#ask(query.size === 0 ? path : `${path}?${query}`, {});
    return (await response.json()) as T;
  }

  /** @throws ApiError */
  async post<T>(path: string, fields: Readonly<Record<string, unknown>> = {}): Promise<T> {
    const response = await this.#ask(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(fields),
    });
    return (await response.json()) as T;
  }

  /** @throws ApiError */
  async stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const { body } = await this.#ask(path, { signal });
    if (body === null) throw new ApiError(0, 'The service sent an empty answer.');
    return body;
  }

  async #ask(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('Accept', path === '/events' ? 'text/event-stream' : 'application/json');
    let response: Response;
    try {
      // Relative to the page's own address: a proxy may have put the service below a path.
      response = await fetch(path.slice(1), { ...init, headers, cache: 'no-store' });
    } catch {
      throw new ApiError(0, 'Qguardarr does not answer.');
    }
    if (response.ok) return response;
    const body = await jsonOf(response);
    const message = typeof body.message === 'string' ? body.message : `It answered ${response.status}.`;
    if (response.status === 401 || response.status === 429) this.onUnauthorized(String(body.error), message);
    throw new ApiError(response.status, message, body);
  }
}

async function jsonOf(response: Response): Promise<Record<string, unknown>> {
  try {
    return (await response.json()) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** For showing: an error of the API says what went wrong by itself. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
