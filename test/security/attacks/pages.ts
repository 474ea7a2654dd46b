import { type Attack, Damage } from '../attack.ts';
import { API_KEY, type AskOptions, type Victim } from '../victim.ts';

/** What a page elsewhere makes its visitor's browser do on this machine: nothing may come of it. */
async function refusedRollback(victim: Victim, options: AskOptions, expected: number): Promise<Damage> {
  const damage = new Damage();
  const { status, headers } = await victim.ask('POST', '/rollback', options);
  damage.expect(status === expected, `answered ${status}`);
  damage.expect(headers['access-control-allow-origin'] === undefined, 'another origin may read the answer');
  const { text } = await victim.ask('GET', '/state');
  damage.expect(!text.includes('"rolledBack"'), 'torrents were rolled back');
  return damage;
}

const CONFIRMED = { confirm: true };

export const pageAttacks: readonly Attack[] = [
  {
    name: 'foreign Origin',
    async run(victim) {
      const own = `127.0.0.1:${victim.port}`;
      for (const origin of [
        'https://evil.example',
        'null',
        `http://127.0.0.1:${victim.port + 1}`,
        `file://${own}`,
        `chrome-extension://${own}`,
        `ftp://${own}`,
        `http://user@${own}`,
        `http://${own}/path`,
      ]) {
        const damage = await refusedRollback(victim, { json: CONFIRMED, headers: { Origin: origin } }, 403);
        if (damage.lines.length > 0) return damage.verdict(origin);
      }
      return new Damage().verdict('403 origin_not_allowed');
    },
  },
  {
    name: 'Origin of http, where the client came by https',
    async run(victim) {
      const headers = {
        Host: 'seedbox',
        Origin: 'http://seedbox',
        'X-Forwarded-Proto': 'https',
        'X-Api-Key': API_KEY,
      };
      return (await refusedRollback(victim, { json: CONFIRMED, headers }, 403)).verdict(
        '403 origin_not_allowed',
      );
    },
  },
  {
    name: 'Sec-Fetch-Site: cross-site, no Origin',
    async run(victim) {
      const headers = { 'Sec-Fetch-Site': 'cross-site' };
      return (await refusedRollback(victim, { json: CONFIRMED, headers }, 403)).verdict(
        '403 cross_site_request',
      );
    },
  },
  {
    name: 'text/plain form post',
    async run(victim) {
      const headers = { 'Content-Type': 'text/plain' };
      const body = '{"confirm":true,"reason":"="}';
      return (await refusedRollback(victim, { body, headers }, 415)).verdict('415 unsupported_media_type');
    },
  },
  {
    name: 'multipart form post',
    async run(victim) {
      const headers = { 'Content-Type': 'multipart/form-data; boundary=b' };
      const body = '--b\r\nContent-Disposition: form-data; name="confirm"\r\n\r\ntrue\r\n--b--\r\n';
      return (await refusedRollback(victim, { body, headers }, 415)).verdict('415 unsupported_media_type');
    },
  },
  {
    name: 'CORS preflight',
    async run(victim) {
      const damage = new Damage();
      const { headers } = await victim.ask('OPTIONS', '/rollback', {
        headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' },
      });
      const allowed = Object.keys(headers).filter((name) => name.startsWith('access-control-'));
      damage.expect(allowed.length === 0, `allowed by ${allowed.join(', ')}`);
      return damage.verdict('no Access-Control header');
    },
  },
  {
    name: 'rebinding Host',
    async run(victim) {
      const damage = await refusedRollback(
        victim,
        { json: CONFIRMED, headers: { Host: `evil.example:${victim.port}` } },
        403,
      );
      for (const host of [
        'evil.example',
        '127.0.0.1.evil.example',
        'localhost.evil.example',
        'localhost@evil.example',
      ]) {
        const { status } = await victim.ask('GET', '/config', { headers: { Host: host } });
        damage.expect(status === 401, `GET /config as ${host} answered ${status}`);
      }
      return damage.verdict('401 to reads, 403 host_not_allowed to changes');
    },
  },
  {
    name: 'spoofed X-Forwarded-For: 127.0.0.1',
    async run(victim) {
      const damage = new Damage();
      for (const proxies of [[], ['127.0.0.1']]) {
        await victim.configure({ trusted_proxies: proxies });
        for (const header of ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'X-Forwarded-Host']) {
          const { status } = await victim.ask('GET', '/state', { headers: { [header]: '127.0.0.1' } });
          damage.expect(
            status === 401,
            `${header} with ${proxies.length} trusted proxies answered ${status}`,
          );
        }
      }
      await victim.configure();
      return damage.verdict('401, from a trusted proxy too');
    },
  },
  {
    name: 'framing and sniffing',
    async run(victim) {
      const damage = new Damage();
      for (const [route, accept] of [
        ['/', 'text/html'],
        ['/state', 'application/json'],
      ] as const) {
        const { headers } = await victim.ask('GET', route, { headers: { Accept: accept } });
        damage.expect(
          String(headers['content-security-policy']).includes("frame-ancestors 'none'"),
          `${route} framed`,
        );
        damage.expect(headers['x-frame-options'] === 'DENY', `${route} framed by old browsers`);
        damage.expect(headers['x-content-type-options'] === 'nosniff', `${route} sniffed`);
        damage.expect(headers['referrer-policy'] === 'no-referrer', `${route} tells its address`);
      }
      return damage.verdict('frame-ancestors none, nosniff, no-referrer');
    },
  },
];
