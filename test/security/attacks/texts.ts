import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../support/real-swarm/wait-for.ts';
import { type Attack, Damage } from '../attack.ts';
import { LOG_FORGERY, MARKUP } from '../victim.ts';

const CRLF = 'x\r\nX-Injected: 1\r\nContent-Length: 0\r\n\r\nPOST /injected HTTP/1.1\r\nHost: evil\r\n\r\n';

export const textAttacks: readonly Attack[] = [
  {
    name: 'header injection in notifications',
    async run(victim) {
      const damage = new Damage();
      const { receiver } = victim;
      const targets = [{ type: 'webhook', url: `${receiver.url}/token\r\nX-Injected: 1\r\n` }];
      await victim.configure({}, { notifications: { targets, min_interval: 1 } });
      const before = receiver.received.length;
      await victim.untilManaged();
      await victim.ask('POST', '/rollback', { json: { confirm: true, reason: CRLF } });
      const told = await waitFor('the notification of the rollback', 30_000, async () =>
        receiver.received.slice(before).find((request) => request.includes('rollback_done')),
      );
      await victim.ask('POST', '/resume', { json: {} });
      await victim.configure();
      const [head = '', body = ''] = told.split('\r\n\r\n', 2);
      damage.expect(!/^x-injected/im.test(head), `the head is ${head}`);
      damage.expect(
        body.length === Number(/content-length: (\d+)/i.exec(head)?.[1]),
        'the body has another length',
      );
      damage.expect(JSON.parse(body).event === 'rollback_done', `the body is ${body}`);
      damage.expect(
        !receiver.received.some((request) => request.startsWith('POST /injected')),
        'a second request',
      );
      return damage.verdict('one request, one head; the text stays in the JSON');
    },
  },
  {
    name: 'log injection by torrent names and reasons',
    async run(victim) {
      const damage = new Damage();
      const before = (await victim.logs()).length;
      await victim.ask('POST', '/webhook', {
        json: { event: 'add', name: LOG_FORGERY, tracker: LOG_FORGERY },
      });
      await victim.ask('POST', '/webhook', { json: { event: LOG_FORGERY } });
      await victim.ask('GET', `/${encodeURIComponent(LOG_FORGERY)}`);
      await victim.untilManaged();
      await victim.ask('POST', '/rollback', { json: { confirm: true, reason: LOG_FORGERY } });
      await victim.ask('POST', '/resume', { json: {} });
      await waitFor('the log to tell of the rollback', 30_000, async () =>
        (await victim.logs()).includes('forged-line') ? true : undefined,
      );
      await sleep(200);
      const logs = await victim.logs();
      damage.expect(logs.length > before, 'nothing was logged');
      const unruly = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
      damage.expect(!unruly.test(logs.replaceAll('\n', '')), 'a control character stands in the log');
      const lines = logs.split('\n').filter((line) => line !== '');
      // What the service prints of the log file itself, which an attack before this one made a pipe.
      const isOfLogFile = (line: string) => line.startsWith('qguardarr: the log file ');
      const noJson = lines.filter(
        (line) => !isJson(line) && !(isOfLogFile(line) && !line.includes('forged')),
      );
      damage.expect(noJson.length === 0, `a line is no JSON: ${noJson[0]}`);
      damage.expect(
        !lines.some((line) => isJson(line) && JSON.parse(line).msg === 'forged-line'),
        'a forged line stands in the log',
      );
      return damage.verdict(`${lines.length} lines, each of the logger's own; controls as \\u001b`);
    },
  },
  {
    name: 'HTML in torrent names, by the API',
    async run(victim) {
      const damage = new Damage();
      const { headers, text } = await victim.ask('GET', '/torrents');
      damage.expect(text.includes(JSON.stringify(MARKUP).slice(1, -1)), 'the name is not there');
      damage.expect(
        String(headers['content-type']).startsWith('application/json'),
        `as ${headers['content-type']}`,
      );
      damage.expect(headers['x-content-type-options'] === 'nosniff', 'browsers may take it for HTML');
      return damage.verdict('application/json, nosniff');
    },
  },
];

function isJson(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}
