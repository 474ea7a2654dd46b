import { routes } from '../../../src/http/routes/index.ts';
import { type Attack, Damage } from '../attack.ts';
import { API_KEY, STRANGER } from '../victim.ts';

const OPEN = new Set(['/ping', '/login', '/logout']);

export const keyAttacks: readonly Attack[] = [
  {
    name: 'no key, on every route',
    async run(victim) {
      const damage = new Damage();
      const closed = routes.filter(({ path }) => !OPEN.has(path));
      for (const { method, path } of closed) {
        const body = method === 'POST' ? { json: { confirm: true } } : {};
        const { status } = await victim.ask(method, path, { headers: STRANGER, ...body });
        damage.expect(status === 401, `${method} ${path} answered ${status}`);
      }
      return damage.verdict(
        `401 on ${closed.length} of ${routes.length} routes; /ping, /login and /logout are open`,
      );
    },
  },
  {
    name: 'no key on this machine, trust_loopback off',
    async run(victim) {
      const damage = new Damage();
      await victim.configure({ trust_loopback: false });
      const { status } = await victim.ask('GET', '/state');
      damage.expect(status === 401, `GET /state answered ${status}`);
      await victim.configure();
      const again = await victim.ask('GET', '/state');
      damage.expect(again.status === 200, `with trust again, GET /state answered ${again.status}`);
      return damage.verdict('401');
    },
  },
  {
    name: 'no key, auth.public: [health]',
    async run(victim) {
      const damage = new Damage();
      await victim.configure({ public: ['health'] });
      const statuses = await Promise.all(
        ['/health', '/state', '/metrics', '/config'].map(
          async (path) => (await victim.ask('GET', path, { headers: STRANGER })).status,
        ),
      );
      await victim.configure();
      damage.expect(statuses.join() === '200,401,401,401', `answered ${statuses.join(', ')}`);
      return damage.verdict('200 for /health, 401 for the rest');
    },
  },
  {
    name: 'wrong keys, one after the other',
    async run(victim) {
      const damage = new Damage();
      await victim.configure({ trusted_proxies: ['127.0.0.1'] });
      const as = (address: string) => ({ ...STRANGER, 'X-Forwarded-For': address });
      const statuses: number[] = [];
      for (const key of [
        '',
        API_KEY.slice(1),
        `${API_KEY}x`,
        API_KEY.toUpperCase(),
        'admin',
        'a'.repeat(9000),
      ]) {
        const headers = { ...as('198.51.100.1'), 'X-Api-Key': key };
        statuses.push((await victim.ask('GET', '/state', { headers })).status);
      }
      damage.expect(
        statuses.every((status) => status === 401),
        `answered ${statuses.join(', ')}`,
      );
      const right = { ...as('198.51.100.1'), 'X-Api-Key': API_KEY };
      const paused = await victim.ask('GET', '/state', { headers: right });
      damage.expect(paused.status === 429, `after five wrong ones the next was answered ${paused.status}`);
      const login = await victim.ask('POST', '/login', {
        headers: as('198.51.100.1'),
        json: { key: API_KEY },
      });
      damage.expect(login.status === 429, `the login was answered ${login.status}`);
      const other = { ...as('198.51.100.2'), 'X-Api-Key': API_KEY };
      const { status } = await victim.ask('GET', '/state', { headers: other });
      damage.expect(status === 200, `another client was answered ${status}`);
      await victim.configure();
      return damage.verdict('401, from the sixth on 429 for that client only');
    },
  },
  {
    name: 'guessing by ever other addresses of one IPv6 network',
    async run(victim) {
      const damage = new Damage();
      await victim.configure({ trusted_proxies: ['127.0.0.1'] });
      let last = 0;
      for (let host = 1; host <= 6; host += 1) {
        const headers = {
          ...STRANGER,
          'X-Forwarded-For': `2001:db8:7:7::${host}`,
          'X-Api-Key': `guess-${host}`,
        };
        last = (await victim.ask('GET', '/state', { headers })).status;
      }
      await victim.configure();
      damage.expect(last === 429, `the sixth address was answered ${last}`);
      return damage.verdict('429: the network counts as one client');
    },
  },
  {
    name: 'a session cookie planted before the login',
    async run(victim) {
      const damage = new Damage();
      const planted = 'qguardarr_8089=planted-by-an-attacker';
      const login = await victim.ask('POST', '/login', {
        headers: { ...STRANGER, Cookie: planted },
        json: { key: API_KEY },
      });
      const [cookie = ''] = login.headers['set-cookie'] ?? [];
      damage.expect(/HttpOnly.*SameSite=Strict/.test(cookie), `the cookie is ${cookie}`);
      damage.expect(!cookie.includes(API_KEY), 'the cookie holds the key');
      const { status } = await victim.ask('GET', '/state', { headers: { ...STRANGER, Cookie: planted } });
      damage.expect(status === 401, `with the planted one GET /state was answered ${status}`);
      const own = { ...STRANGER, Cookie: cookie.split(';', 1).join('') };
      await victim.ask('POST', '/logout', { headers: own, json: {} });
      const after = await victim.ask('GET', '/state', { headers: own });
      damage.expect(after.status === 401, `after the logout GET /state was answered ${after.status}`);
      return damage.verdict('a new token, of no use after the logout');
    },
  },
];
