/** Strangers behind something on this machine that forwards to the service: none of them is this machine. */
import { type Attack, Damage } from '../attack.ts';
import { withCaddy, withNginx } from '../proxy.ts';
import { sendBytes } from '../raw.ts';
import { API_KEY, type Victim } from '../victim.ts';

const BODY = '{"confirm":true}';

function rollback(host: string, headers = ''): string {
  return (
    `POST /rollback HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${BODY.length}\r\nConnection: close\r\n${headers}\r\n${BODY}`
  );
}

/** Sends each to the port and wants a refusal; then nothing may have been rolled back. */
async function refuseAll(
  victim: Victim,
  port: number,
  damage: Damage,
  requests: Readonly<Record<string, string>>,
): Promise<ReadonlySet<number>> {
  const statuses = new Set<number>();
  for (const [name, bytes] of Object.entries(requests)) {
    const { status } = await sendBytes(port, bytes);
    statuses.add(status);
    damage.expect([400, 401, 403, 431].includes(status), `${name} answered ${status}`);
  }
  const { text } = await victim.ask('GET', '/state', { headers: { 'X-Api-Key': API_KEY } });
  damage.expect(!text.includes('"rolledBack"'), 'torrents were rolled back');
  return statuses;
}

const inWords = (statuses: ReadonlySet<number>) => [...statuses].sort().join(', ');

/** As a proxy's clients can send them, to make it drop what it would add, or Node what comes late. */
function evasions(host: string): Record<string, string> {
  return {
    plain: rollback(host),
    '99 headers': rollback(host, 'a:\r\n'.repeat(80)),
    '1,100 headers': rollback(host, 'a: b\r\n'.repeat(1_100)),
    'headers named in Connection': rollback(
      host,
      'Connection: X-Forwarded-For, X-Forwarded-Host, X-Forwarded-Proto, X-Real-IP, Via, Forwarded, keep-alive\r\n',
    ),
    'X-Forwarded-For of its own': rollback(host, 'X-Forwarded-For: 127.0.0.1\r\n'),
  };
}

export const proxyAttacks: readonly Attack[] = [
  {
    name: 'a header past the thousandth, that decides',
    async run(victim) {
      const damage = new Damage();
      const hidden = [
        'X-Forwarded-For: 192.0.2.1',
        'Via: 1.1 proxy',
        'Origin: https://evil.example',
        'Sec-Fetch-Site: cross-site',
        'Host: evil.example',
      ];
      const requests = Object.fromEntries(
        [90, 999, 1_100, 3_000].flatMap((count) =>
          hidden.map((header) => [
            `${header} after ${count}`,
            rollback('localhost', `${'a:\r\n'.repeat(count)}${header}\r\n`),
          ]),
        ),
      );
      return damage.verdict(inWords(await refuseAll(victim, victim.port, damage, requests)));
    },
  },
  {
    name: 'a header that any forwarder adds',
    async run(victim) {
      const damage = new Damage();
      const names = [
        'X-Forwarded-Server',
        'Forwarded',
        'Via',
        'CF-Connecting-IP',
        'CF-Ray',
        'True-Client-IP',
      ];
      names.push(
        'X-Client-IP',
        'Fastly-Client-IP',
        'X-Cluster-Client-IP',
        'X-Real-IP',
        'X-Original-URL',
        'CDN-Loop',
      );
      names.push('X-Envoy-External-Address', 'Tailscale-User-Login', 'X-Forwarded-Anything', 'Remote-User');
      const requests = Object.fromEntries(
        names.map((name) => [name, rollback('localhost', `${name}: x\r\n`)]),
      );
      const statuses = await refuseAll(victim, victim.port, damage, requests);
      return damage.verdict(`${inWords(statuses)} to ${names.length}`);
    },
  },
  {
    name: 'through Caddy, without a key',
    needs: 'caddy',
    async run(victim) {
      const damage = new Damage();
      let statuses: ReadonlySet<number> = new Set();
      await withCaddy(victim.port, async (port) => {
        statuses = await refuseAll(victim, port, damage, evasions(`127.0.0.1:${port}`));
        const { status } = await sendBytes(
          port,
          `GET /state HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-Api-Key: ${API_KEY}\r\nConnection: close\r\n\r\n`,
        );
        damage.expect(status === 200, `with the key GET /state answered ${status}`);
      });
      return damage.verdict(inWords(statuses));
    },
  },
  {
    name: 'through nginx with proxy_pass alone, without a key',
    needs: 'nginx',
    async run(victim) {
      const damage = new Damage();
      let statuses: ReadonlySet<number> = new Set();
      await withNginx(victim.port, '', async (port) => {
        statuses = await refuseAll(victim, port, damage, evasions('evil.example'));
      });
      return damage.verdict(inWords(statuses));
    },
  },
  {
    name: 'through nginx that speaks HTTP/1.1 and adds nothing, allowed_hosts set',
    needs: 'nginx',
    async run(victim) {
      const damage = new Damage();
      let statuses: ReadonlySet<number> = new Set();
      // It can't be told from this machine: what tells of a proxy in the config does.
      await victim.configure({ allowed_hosts: ['q.example.org'] });
      await withNginx(
        victim.port,
        'proxy_http_version 1.1; proxy_set_header Connection "";',
        async (port) => {
          statuses = await refuseAll(victim, port, damage, evasions('evil.example'));
        },
      );
      await victim.configure();
      return damage.verdict(inWords(statuses));
    },
  },
  {
    name: 'one proxy client guessing under ever other spellings',
    async run(victim) {
      const damage = new Damage();
      await victim.configure({ trusted_proxies: ['::FFFF:127.0.0.0/104'] });
      const spellings = [
        '2001:db8::1',
        '2001:DB8:0:0::1',
        '2001:0db8::0001',
        '[2001:db8:0::1]:44',
        '2001:db8:0:0:0:0:0:1',
      ];
      let last = 0;
      for (const [n, spelling] of [...spellings, '2001:db8::2'].entries()) {
        const headers = {
          Host: 'seedbox',
          'X-Forwarded-For': spelling,
          'X-Api-Key': `a-guess-of-16-letters-${n}`,
        };
        last = (await victim.ask('GET', '/state', { headers })).status;
      }
      await victim.configure();
      damage.expect(last === 429, `the sixth spelling was answered ${last}`);
      return damage.verdict('429: all are one client');
    },
  },
];
