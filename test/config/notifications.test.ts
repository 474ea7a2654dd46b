import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NOTIFICATION_KINDS } from '../../src/config/notifications.ts';
import { errorsOf, loadValid, TRACKERS } from './support/loading.ts';

const test = suite('the notifications of a config');
const SECRET = 'planted-token-4711';

function yaml(notifications: string): string {
  return `qbittorrent: {host: nas, port: 8080}\nnotifications: ${notifications}\n${TRACKERS}`;
}

test('there are none unless they are asked for; a target gets every kind unless it names some', async () => {
  assert.equal((await loadValid(yaml('{}'))).notifications, { targets: [], min_interval: 60, timeout: 10 });
  const { notifications } = await loadValid(
    yaml(`{ targets: [{ type: discord, url: 'https://d.example/${SECRET}' },
                      { type: Apprise, url: 'http://a.example/notify/k', events: [offline] }] }`),
  );
  assert.equal(
    notifications.targets.map(({ type, events }) => [type, events]),
    [
      ['discord', NOTIFICATION_KINDS],
      ['apprise', ['offline']],
    ],
  );
});

test('what is wrong is reported with its place, and a URL never', async () => {
  const errors = await errorsOf(
    yaml(`{ targets: [{ type: slack, url: 'ftp://d.example/${SECRET}' },
                      { type: webhook, url: '${SECRET}', events: [offlin] },
                      { type: webhook }] }`),
  );
  assert.equal(
    errors.map(([path]) => path),
    [
      'notifications.targets[0].type',
      'notifications.targets[0].url',
      'notifications.targets[1].url',
      'notifications.targets[1].events[0]',
      'notifications.targets[2].url',
    ],
  );
  assert.match(errors[1]?.[1] ?? '', /^expected http:\/\/ or https:\/\/ URL, got a text \(not shown\)/);
  assert.not.match(JSON.stringify(errors), SECRET);
});

test('a URL set from outside is kept out of messages too', async () => {
  const env = { QGUARDARR__NOTIFICATIONS__TARGETS__0__URL: SECRET };
  const errors = await errorsOf(yaml("{ targets: [{ type: webhook, url: 'https://a.example' }] }"), { env });
  assert.match(errors[0]?.[1] ?? '', /set by the variable QGUARDARR__NOTIFICATIONS__TARGETS__0__URL/);
  assert.not.match(JSON.stringify(errors), SECRET);
});

test.run();
