import { ENDPOINTS, type SimulatedVersion } from './endpoints.ts';
import { type ApiAnswer, ApiRefusal, type ApiRequest } from './exchange.ts';
import type { Preferences } from './preferences.ts';
import type { Session, Sessions } from './sessions.ts';
import type { Swarm } from './swarm.ts';

const BANNED = 'Your IP address has been banned after too many failed authentication attempts.';

/**
 * qBittorrent's WebAPI over a swarm, from request to answer. The order of the refusals is the real one:
 * foreign site 401, no session 403 (for unknown endpoints too), unknown 404, wrong method 405, parameters 400.
 */
export class WebApi {
  readonly #swarm: Swarm;
  readonly #sessions: Sessions;
  readonly #preferences: Preferences;
  readonly #version: SimulatedVersion;
  readonly #clientData = new Map<string, unknown>();
  readonly #calls = new Map<string, number>();

  constructor(
    swarm: Swarm,
    sessions: Sessions,
    preferences: Preferences,
    version: SimulatedVersion = '5.1.0',
  ) {
    this.#version = version;
    this.#swarm = swarm;
    this.#sessions = sessions;
    this.#preferences = preferences;
  }

  /** What programs keep in the client. */
  get clientData(): Map<string, unknown> {
    return this.#clientData;
  }

  /** Requests by endpoint (`torrents/setUploadLimit`), refused ones included. */
  get calls(): ReadonlyMap<string, number> {
    return this.#calls;
  }

  answer(request: ApiRequest, nowMs: number): ApiAnswer {
    const { endpoint } = request;
    if (endpoint !== null) this.#calls.set(endpoint, (this.#calls.get(endpoint) ?? 0) + 1);
    try {
      return this.#answer(request, nowMs);
    } catch (error) {
      if (error instanceof ApiRefusal) return { status: error.status, body: error.message };
      throw error;
    }
  }

  #answer(request: ApiRequest, nowMs: number): ApiAnswer {
    if (!['GET', 'HEAD', 'POST'].includes(request.method)) throw new ApiRefusal(501, '');
    if (request.isMalformed) throw new ApiRefusal(400, '');
    if (request.isForeign) throw new ApiRefusal(401, 'Unauthorized');
    if (request.endpoint === null) throw new ApiRefusal(404, 'Not Found');
    const known = this.#sessions.find(request.cookieId, nowMs);
    const session = known ?? (this.#isBypassed() ? this.#sessions.open(nowMs) : undefined);
    const answer =
      request.endpoint === 'auth/login' && session === undefined
        ? this.#login(request, nowMs)
        : this.#answerWithin(session, request, nowMs);
    return session !== undefined && known === undefined && answer.cookie === undefined
      ? { ...answer, cookie: cookieOf(session) }
      : answer;
  }

  #answerWithin(session: Session | undefined, request: ApiRequest, nowMs: number): ApiAnswer {
    if (session === undefined) throw new ApiRefusal(403, 'Forbidden');
    const isPost = request.method === 'POST';
    if (request.endpoint === 'auth/login' || request.endpoint === 'auth/logout') {
      if (!isPost) throw new ApiRefusal(405, 'Method Not Allowed');
      // Whoever is in already is not asked for a password, wrong or right.
      if (request.endpoint === 'auth/login') return { status: 200, body: 'Ok.' };
      this.#sessions.close(session.id);
      return { status: 200, body: '', cookie: 'SID=; expires=Thu, 01-Jan-1970 00:00:00 GMT; path=/' };
    }
    const endpoint = ENDPOINTS.get(request.endpoint ?? '');
    if (endpoint === undefined) throw new ApiRefusal(404, 'Not Found');
    if (endpoint.postOnly && !isPost) throw new ApiRefusal(405, 'Method Not Allowed');
    this.#swarm.advance(nowMs);
    return endpoint.answer({
      swarm: this.#swarm,
      preferences: this.#preferences,
      params: request.params,
      session,
      version: this.#version,
      clientData: this.#clientData,
      nowMs,
    });
  }

  #login(request: ApiRequest, nowMs: number): ApiAnswer {
    if (request.method !== 'POST') throw new ApiRefusal(405, 'Method Not Allowed');
    const { params } = request;
    const outcome = this.#sessions.login(
      params.get('username') ?? undefined,
      params.get('password') ?? undefined,
      nowMs,
    );
    if (outcome === 'banned') throw new ApiRefusal(403, BANNED);
    if (outcome === 'wrong') return { status: 200, body: 'Fails.' };
    return { status: 200, body: 'Ok.', cookie: cookieOf(outcome) };
  }

  #isBypassed(): boolean {
    return this.#preferences.bypass_local_auth === true;
  }
}

function cookieOf(session: Session): string {
  return `SID=${session.id}; HttpOnly; SameSite=Strict; path=/`;
}
