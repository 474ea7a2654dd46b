import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AddressBanned, CredentialsRefused, UnexpectedAnswer } from '../../src/qbittorrent/errors.ts';
import { type Credentials, Session } from '../../src/qbittorrent/session.ts';
import { type RepeatReason, Transport } from '../../src/qbittorrent/transport.ts';
import {
  type Reply,
  rejection,
  type Script,
  type ScriptedServer,
  type SeenRequest,
  withServer,
} from '../support/scripted-server.ts';

const test = suite('session');

const JOE: Credentials = { username: 'joe', password: 'swordfish' };

async function withSession(
  script: Script,
  credentials: Credentials,
  use: (session: Session, server: ScriptedServer, repeats: readonly RepeatReason[]) => Promise<void>,
): Promise<void> {
  await withServer(script, async (server) => {
    const repeats: RepeatReason[] = [];
    const transport = new Transport({ baseUrl: server.url, timeoutMs: 5_000 });
    try {
      await use(new Session(transport, credentials, (reason) => repeats.push(reason)), server, repeats);
    } finally {
      transport.close();
    }
  });
}

/** As qBittorrent answers: by version, whether the password is right, and one session at a time. */
class Door {
  cookie = '';
  logins = 0;
  readonly #modern: boolean;

  constructor(modern: boolean) {
    this.#modern = modern;
  }

  readonly script: Script = (request) => {
    if (request.path.endsWith('auth/login')) return this.#login(request);
    const known = this.cookie !== '' && request.headers.cookie === this.cookie;
    return known ? { body: 'inside' } : { status: 403, body: 'Forbidden' };
  };

  #login({ form }: SeenRequest): Reply {
    this.logins += 1;
    const right = form.get('username') === JOE.username && form.get('password') === JOE.password;
    if (!right) return this.#modern ? { status: 401, body: 'Unauthorized' } : { body: 'Fails.' };
    this.cookie = `${this.#modern ? 'QBT_SID_8080' : 'SID'}=s/${this.logins}+`;
    const headers = { 'set-cookie': [`${this.cookie}; HttpOnly; SameSite=Strict; path=/`] };
    return this.#modern ? { status: 204, headers } : { body: 'Ok.', headers };
  }
}

for (const modern of [false, true]) {
  const version = modern ? '5.3' : '4.5';

  test(`logs in when it must and sends the cookie back, as ${version} has it`, async () => {
    const door = new Door(modern);
    await withSession(door.script, JOE, async (session, server, repeats) => {
      assert.is((await session.request('GET', 'x')).body, 'inside');
      assert.is((await session.request('GET', 'x')).body, 'inside');
      assert.equal(repeats, ['session-expired']);
      assert.is(door.logins, 1);
      assert.is(server.seen.at(-1)?.headers.cookie, door.cookie);
    });
  });

  test(`a refused password is never sent again until reset, as ${version} refuses it`, async () => {
    const door = new Door(modern);
    await withSession(door.script, { username: 'joe', password: 'wrong' }, async (session, server) => {
      const first = await rejection(session.request('GET', 'x'));
      assert.instance(first, CredentialsRefused);
      assert.not.match(first.message, 'wrong');
      const asked = server.seen.length;
      for (let n = 0; n < 10; n += 1)
        assert.instance(await rejection(session.request('GET', 'x')), CredentialsRefused);
      assert.is(server.seen.length, asked);
      session.reset();
      assert.instance(await rejection(session.request('GET', 'x')), CredentialsRefused);
      assert.is(door.logins, 2);
    });
  });
}

test('with the bypass for localhost there is no login, and the cookie given is kept', async () => {
  const script: Script = () => ({ body: 'inside', headers: { 'set-cookie': 'SID=given; path=/' } });
  await withSession(script, JOE, async (session, server) => {
    await session.request('GET', 'x');
    await session.request('GET', 'x');
    assert.equal(server.log, ['GET /api/v2/x', 'GET /api/v2/x']);
    assert.is(server.seen[1]?.headers.cookie, 'SID=given');
  });
});

test('an expired session is renewed once and the call repeated', async () => {
  const door = new Door(true);
  await withSession(door.script, JOE, async (session) => {
    await session.request('GET', 'x');
    door.cookie = 'QBT_SID_8080=another';
    assert.is((await session.request('GET', 'x')).body, 'inside');
    assert.is(door.logins, 2);
  });
});

test('requests that meet a 403 at the same time share one login', async () => {
  const door = new Door(false);
  await withSession(door.script, JOE, async (session) => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => session.request('GET', 'x')));
    assert.ok(answers.every((answer) => answer.body === 'inside'));
    assert.is(door.logins, 1);
  });
});

test('one refusal is enough for all that share the login', async () => {
  const door = new Door(false);
  await withSession(door.script, { username: 'joe', password: 'wrong' }, async (session) => {
    const errors = await Promise.all(Array.from({ length: 8 }, () => rejection(session.request('GET', 'x'))));
    assert.ok(errors.every((error) => error instanceof CredentialsRefused));
    assert.is(door.logins, 1);
  });
});

test('who is aborted while a login is under way leaves at once; the login serves the others', async () => {
  const door = new Door(false);
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const script: Script = async (request) => {
    if (request.path.endsWith('auth/login')) await gate;
    return await door.script(request);
  };
  await withSession(script, JOE, async (session, server) => {
    const controller = new AbortController();
    const leaving = rejection(session.request('GET', 'x', { signal: controller.signal }));
    const staying = session.request('GET', 'x');
    while (!server.log.includes('POST /api/v2/auth/login'))
      await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    assert.is((await leaving).name, 'AbortError');
    open();
    assert.is((await staying).body, 'inside');
    assert.is(door.logins, 1);
  });
});

test('403 at the login means banned, and may be tried again later', async () => {
  let banned = true;
  const door = new Door(false);
  const script: Script = (request) =>
    banned && request.path.endsWith('auth/login')
      ? {
          status: 403,
          body: 'Your IP address has been banned after too many failed authentication attempts.',
        }
      : door.script(request);
  await withSession(script, JOE, async (session) => {
    assert.instance(await rejection(session.request('GET', 'x')), AddressBanned);
    banned = false;
    assert.is((await session.request('GET', 'x')).body, 'inside');
  });
});

test('403 again after a good login is not answered by another login', async () => {
  const script: Script = ({ path }) => (path.endsWith('auth/login') ? { status: 204 } : { status: 403 });
  await withSession(script, JOE, async (session, server) => {
    assert.instance(await rejection(session.request('GET', 'x')), UnexpectedAnswer);
    assert.equal(server.log, ['GET /api/v2/x', 'POST /api/v2/auth/login', 'GET /api/v2/x']);
  });
});

test('a login page of something else is not taken for success', async () => {
  const script: Script = ({ path }) =>
    path.endsWith('auth/login') ? { body: '<html>Welcome</html>' } : { status: 403 };
  await withSession(script, JOE, async (session) => {
    assert.instance(await rejection(session.request('GET', 'x')), UnexpectedAnswer);
  });
});

test('an API key is sent as Bearer, with no login, and not again once refused', async () => {
  const script: Script = ({ headers }) =>
    headers.authorization === 'Bearer qbt_good' ? { body: 'inside' } : { status: 403, body: 'Forbidden' };
  await withSession(script, { ...JOE, apiKey: 'qbt_good' }, async (session, server) => {
    assert.is((await session.request('GET', 'x')).body, 'inside');
    assert.equal(server.log, ['GET /api/v2/x']);
  });
  await withSession(script, { ...JOE, apiKey: 'qbt_bad' }, async (session, server) => {
    const error = await rejection(session.request('GET', 'x'));
    assert.instance(error, CredentialsRefused);
    assert.not.match(error.message, 'qbt_bad');
    await rejection(session.request('GET', 'x'));
    assert.equal(server.log, ['GET /api/v2/x']);
  });
});

test('without credentials a 403 says what to configure', async () => {
  await withSession(
    () => ({ status: 403 }),
    {},
    async (session, server) => {
      const error = await rejection(session.request('GET', 'x'));
      assert.instance(error, CredentialsRefused);
      assert.match(error.message, 'qbittorrent.username');
      assert.is(server.seen.length, 1);
    },
  );
});

test('cookies without end are not kept, the one that came first is', async () => {
  let count = 0;
  const script: Script = () => {
    count += 1;
    const cookies = Array.from({ length: 20 }, (_, n) => `c${count}x${n}=${'v'.repeat(500)}`);
    return { headers: { 'set-cookie': [...(count === 1 ? ['SID=first'] : []), ...cookies] } };
  };
  await withSession(script, {}, async (session, server) => {
    for (let n = 0; n < 5; n += 1) await session.request('GET', 'app/version');
    for (const { headers } of server.seen.slice(1)) {
      assert.match(headers.cookie ?? '', /^SID=first; /);
      assert.ok((headers.cookie ?? '').length < 9_000, `${headers.cookie?.length}`);
    }
  });
});

test.run();
