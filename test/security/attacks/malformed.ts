import { type Attack, Damage } from '../attack.ts';
import { sendBytes } from '../raw.ts';

const PATHS = [
  '/../../../../etc/passwd',
  '/assets/../index.html',
  '/assets/../../main.js',
  '/assets/..%2f..%2fmain.js',
  '/assets/%2e%2e/%2e%2e/main.js',
  '/assets/..\\..\\main.js',
  '/assets/....//....//main.js',
  '/assets/%00main.js',
  '/assets//etc/passwd',
  '/assets/constructor',
  '/assets/__proto__',
  '/api/../data/api-key',
  '/api/..%2f..%2fdata%2fapi-key',
  '/%2e%2e/data/api-key',
  '/data/api-key',
  '/qguardarr.yaml',
  '//etc/passwd',
];

export const malformedAttacks: readonly Attack[] = [
  {
    name: 'path traversal on static files',
    async run(victim) {
      const damage = new Damage();
      for (const path of PATHS) {
        const { status, text } = await sendBytes(
          victim.port,
          `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`,
        );
        damage.expect(status === 404 || status === 400, `${path} answered ${status}`);
        damage.expect(!/root:|createRequire|api_key/.test(text), `${path} gave a file away`);
      }
      return damage.verdict(`404 to ${PATHS.length} ways out`);
    },
  },
  {
    name: 'request smuggling and splitting',
    async run(victim) {
      const damage = new Damage();
      const host = 'Host: 127.0.0.1\r\n';
      const json = 'Content-Type: application/json\r\n';
      const hidden = 'POST /rollback HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n';
      const requests: readonly (readonly [string, string])[] = [
        [
          'two lengths',
          `POST /resume HTTP/1.1\r\n${host}${json}Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}${hidden}`,
        ],
        [
          'length and chunks',
          `POST /resume HTTP/1.1\r\n${host}${json}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
        ],
        [
          'an odd coding',
          `POST /resume HTTP/1.1\r\n${host}${json}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
        ],
        ['a bare line feed', `GET /state HTTP/1.1\n${host}\r\n`],
        ['a space before the colon', `GET /state HTTP/1.1\r\n${host}X-Api-Key : x\r\n\r\n`],
        ['two hosts', `GET /config HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n`],
        ['a host in the target', `GET http://127.0.0.1/config HTTP/1.1\r\nHost: evil.example\r\n\r\n`],
        [
          'chunks of HTTP/1.0',
          `POST /resume HTTP/1.0\r\n${host}${json}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${hidden}`,
        ],
        [
          'two Origins',
          `POST /resume HTTP/1.1\r\n${host}Origin: http://127.0.0.1\r\nOrigin: http://a\r\n\r\n`,
        ],
        ['two types', `POST /resume HTTP/1.1\r\n${host}${json}Content-Type: text/plain\r\n\r\n`],
        ['two keys', `GET /state HTTP/1.1\r\n${host}X-Api-Key: a\r\nX-Api-Key: b\r\n\r\n`],
        ['101 headers', `GET /state HTTP/1.1\r\n${host}${'a:\r\n'.repeat(100)}\r\n`],
        ['a header of 40 kB', `GET /state HTTP/1.1\r\n${host}X-Long: ${'x'.repeat(40_000)}\r\n\r\n`],
      ];
      const statuses = new Set<number>();
      for (const [name, bytes] of requests) {
        const { status, text } = await sendBytes(victim.port, bytes, 3_000);
        statuses.add(status);
        damage.expect(status >= 400 && status < 500, `${name} answered ${status}`);
        damage.expect((text.match(/^HTTP\/1\.1 /gm) ?? []).length === 1, `${name} was answered twice`);
      }
      return damage.verdict(`${[...statuses].sort().join(', ')}, each once`);
    },
  },
  {
    name: 'prototype-polluting JSON',
    async run(victim) {
      const damage = new Damage();
      const bodies = [
        '{"__proto__": {"confirm": true}}',
        '{"constructor": {"prototype": {"confirm": true}}}',
        '{"prototype": {"confirm": true}}',
        '{"action": "start", "plan": {"__proto__": {"steps": []}}}',
        '{"action": "start", "plan": {"steps": [{"percentage": 5, "hold": 60, "__proto__": {"hold": 1}}]}}',
      ];
      for (const body of bodies) {
        const route = body.includes('action') ? '/rollout' : '/rollback';
        const { status } = await victim.ask('POST', route, {
          body,
          headers: { 'Content-Type': 'application/json' },
        });
        damage.expect(status === 400, `${body} answered ${status}`);
      }
      const form = await victim.ask('POST', '/rollback', {
        body: '__proto__=1&confirm=true',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      });
      damage.expect(form.status === 400, `a form answered ${form.status}`);
      const { status } = await victim.ask('POST', '/rollback', { json: {} });
      damage.expect(status === 400, `afterwards a rollback without confirm answered ${status}`);
      return damage.verdict('400');
    },
  },
  {
    name: 'JSON nested 30,000 deep',
    async run(victim) {
      const damage = new Damage();
      const body = '['.repeat(30_000) + ']'.repeat(30_000);
      const { status, ms } = await victim.ask('POST', '/rollback', {
        body,
        headers: { 'Content-Type': 'application/json' },
      });
      damage.expect(status === 400, `answered ${status}`);
      damage.expect(ms < 1_000, `took ${Math.round(ms)} ms`);
      return damage.verdict('400 invalid_json');
    },
  },
];
