import { readFile } from 'node:fs/promises';
import path from 'node:path';
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
  {
    name: "the webhook's key, on every route",
    async run(victim) {
      const damage = new Damage();
      const key = (await readFile(path.join(victim.folder, 'data', 'api-key.webhook'), 'utf8')).trim();
      const headers = { ...STRANGER, 'X-Api-Key': key };
      const closed = routes.filter(({ path: route }) => !OPEN.has(route) && route !== '/webhook');
      for (const { method, path: route } of closed) {
        const body = method === 'POST' ? { json: { confirm: true } } : {};
        const { status } = await victim.ask(method, route, { headers, ...body });
        damage.expect(status === 403, `${method} ${route} answered ${status}`);
      }
      const login = await victim.ask('POST', '/login', { headers: STRANGER, json: { key } });
      damage.expect(login.status === 403, `the login was answered ${login.status}`);
      const { status } = await victim.ask('POST', '/webhook', { headers, json: { event: 'add' } });
      damage.expect(status === 202, `POST /webhook answered ${status}`);
      return damage.verdict(`403 on ${closed.length} routes and the login, 202 for POST /webhook`);
    },
  },
  {
    name: 'a read key, on every change',
    async run(victim) {
      const damage = new Damage();
      const key = 'a-key-that-reads-only';
      await victim.configure({ keys: [{ name: 'grafana', scope: 'read', key }] });
      const headers = { ...STRANGER, 'X-Api-Key': key };
      const changes = routes.filter(({ method, path: route }) => method === 'POST' && !OPEN.has(route));
      for (const { path: route } of changes) {
        const { status } = await victim.ask('POST', route, { headers, json: { confirm: true } });
        damage.expect(status === 403, `POST ${route} answered ${status}`);
      }
      const { status } = await victim.ask('GET', '/state', { headers });
      damage.expect(status === 200, `GET /state answered ${status}`);
      await victim.configure();
      const after = await victim.ask('GET', '/state', { headers });
      damage.expect(after.status === 401, `taken out of the config, it was answered ${after.status}`);
      return damage.verdict(`403 on ${changes.length} changes; 401 once it is out of the config`);
    },
  },
  {
    name: 'guessing the main key between right uses of a lesser one',
    async run(victim) {
      const damage = new Damage();
      const lesser = 'a-key-that-reads-only';
      await victim.configure({
        keys: [{ name: 'grafana', scope: 'read', key: lesser }],
        trusted_proxies: ['127.0.0.1'],
      });
      const as = (key: string) => ({ ...STRANGER, 'X-Forwarded-For': '198.51.100.9', 'X-Api-Key': key });
      let last = 0;
      for (let n = 0; n < 6; n += 1) {
        last = (await victim.ask('GET', '/state', { headers: as(`a-guess-of-16-letters-${n}`) })).status;
        await victim.ask('GET', '/state', { headers: as(lesser) });
      }
      await victim.configure();
      damage.expect(last === 429, `the sixth guess was answered ${last}`);
      return damage.verdict('429 all the same');
    },
  },
  {
    name: "a subdomain's cookies of our name beside the owner's",
    async run(victim) {
      const damage = new Damage();
      const login = await victim.ask('POST', '/login', { headers: STRANGER, json: { key: API_KEY } });
      const own = String(login.headers['set-cookie']).split(';', 1).join('');
      const planted = Array.from({ length: 50 }, (_, n) => `qguardarr_8089=planted-${n}`);
      const Cookie = [...planted, `__Host-qguardarr_8089=planted`, own].join('; ');
      const { status, ms } = await victim.ask('GET', '/state', { headers: { ...STRANGER, Cookie } });
      damage.expect(status === 200, `the owner was answered ${status}`);
      damage.expect(ms < 500, `after ${Math.round(ms)} ms`);
      await victim.ask('POST', '/logout', { headers: { ...STRANGER, Cookie: own }, json: {} });
      return damage.verdict('the owner stays logged in');
    },
  },
  {
    name: 'a login over https, behind a proxy that says nothing of it',
    async run(victim) {
      const damage = new Damage();
      const { headers } = await victim.ask('POST', '/login', {
        headers: { Host: 'seedbox', Origin: 'https://seedbox' },
        json: { key: API_KEY },
      });
      const [cookie = ''] = headers['set-cookie'] ?? [];
      damage.expect(/^__Host-qguardarr=.*; Path=\/; .*; Secure$/.test(cookie), `the cookie is ${cookie}`);
      return damage.verdict('__Host-, Secure');
    },
  },
];
