import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createBus } from '../../src/bus.ts';
import type { Config } from '../../src/config/schema.ts';
import type { EventName, Events } from '../../src/events.ts';
import { Notifier } from '../../src/notifications/notifier.ts';
import { configOf } from '../support/configs.ts';
import { HandClock } from '../support/hand-clock.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { rejection, type ScriptedServer, withServer } from '../support/scripted-server.ts';

const test = suite('notifications');

interface World {
  readonly bus: ReturnType<typeof createBus>;
  readonly clock: HandClock;
  readonly server: ScriptedServer;
  readonly notifier: Notifier;
  readonly told: { readonly name: EventName; readonly event: Events[EventName] }[];
  configure(targets: string): Promise<void>;
  /** The titles that came, as soon as there are so many. */
  titles(count: number): Promise<string[]>;
}

async function withNotifier(targets: string, body: (world: World) => Promise<void>): Promise<void> {
  await withServer(
    () => ({ status: 204 }),
    async (server) => {
      const load = (yaml: string) =>
        configOf(`notifications: { timeout: 5, targets: [${yaml.replaceAll('SERVER', server.url)}] }\n`);
      let config: Config = await load(targets);
      const clock = new HandClock();
      const bus = createBus((_, error) => {
        throw error;
      });
      const told: World['told'] = [];
      bus.onAny((name, event) => told.push({ name, event }));
      const notifier = new Notifier({
        bus,
        clock,
        settings: () => config.notifications,
        linkProblem: () => null,
      });
      notifier.start();
      const titles = (count: number) =>
        waitFor(`${count} messages`, 30_000, async () =>
          server.seen.length >= count ? server.seen.map(({ body }) => JSON.parse(body).title) : undefined,
        );
      const configure = async (yaml: string) => {
        config = await load(yaml);
      };
      try {
        await body({ bus, clock, server, notifier, told, configure, titles });
      } finally {
        notifier.stop();
      }
    },
  );
}

const JOURNAL = { problem: 'disk full', at: 0 };
const REFUSED = { issues: ['trackers: missing'], at: 0 };

test('each target gets the kinds that it wants', async () => {
  const targets =
    '{ type: webhook, url: "SERVER/a", events: [config_refused] }, { type: webhook, url: "SERVER/b" }';
  await withNotifier(targets, async ({ bus, server, titles }) => {
    bus.emit('journal:failed', JOURNAL);
    await titles(1);
    bus.emit('config:refused', REFUSED);
    await titles(3);
    assert.equal(server.log.sort(), ['POST /a', 'POST /b', 'POST /b']);
  });
});

test('of many of a kind one goes at once and the latest after the interval, with the count of the others', async () => {
  await withNotifier('{ type: webhook, url: "SERVER/a" }', async ({ bus, clock, server, titles }) => {
    for (let count = 0; count < 1_000; count += 1)
      bus.emit('config:refused', { issues: [`#${count}`], at: 0 });
    await titles(1);
    clock.at += 60_000;
    bus.emit('timer:control', { at: 0 });
    await titles(2);
    const last = JSON.parse(server.seen[1]?.body ?? '').message;
    assert.is(last, '#999\n(998 more messages of this kind were left out before.)');
  });
});

test('what was sent and what was given up is on the bus, by the place in the config and never the URL', async () => {
  await withNotifier('{ type: discord, url: "SERVER/token-4711" }', async ({ bus, server, told }) => {
    bus.emit('journal:failed', JOURNAL);
    const sent = await waitFor('it to be sent', 30_000, async () =>
      told.find(({ name }) => name === 'notification:sent'),
    );
    assert.is((sent.event as Events['notification:sent']).target, 'notifications.targets[0]');
    server.script = () => ({ status: 404 });
    bus.emit('config:refused', REFUSED);
    const failed = await waitFor('it to be given up', 30_000, async () =>
      told.find(({ name }) => name === 'notification:failed'),
    );
    assert.match((failed.event as Events['notification:failed']).problem, 'it answered 404');
    assert.not.match(JSON.stringify(told), 'token-4711');
  });
});

test('a reload takes effect: other targets get messages, and what waits for the former is given up', async () => {
  await withNotifier('{ type: webhook, url: "SERVER/a" }', async ({ bus, server, configure, titles }) => {
    server.script = () => ({ hang: 'before-answer' });
    bus.emit('journal:failed', JOURNAL);
    await titles(1);
    await configure('{ type: webhook, url: "SERVER/b" }');
    bus.emit('config:reloaded', { restartNeeded: [], at: 0 });
    server.script = () => ({ status: 204 });
    bus.emit('config:refused', REFUSED);
    await titles(2);
    assert.equal(server.log, ['POST /a', 'POST /b']);
  });
});

test('a target that hangs holds up neither the events nor the stop', async () => {
  await withNotifier('{ type: webhook, url: "SERVER/a" }', async ({ bus, server, notifier, titles }) => {
    server.script = () => ({ hang: 'before-answer' });
    bus.emit('journal:failed', JOURNAL);
    await titles(1);
    const testing = notifier.test();
    notifier.stop();
    assert.is((await rejection(testing)).name, 'AbortError');
    bus.emit('config:refused', REFUSED);
    assert.is(server.seen.length <= 2, true);
  });
});

test('a test goes to every target, whatever it wants to be told of, and says what came of each', async () => {
  const targets = '{ type: webhook, url: "SERVER/good", events: [] }, { type: discord, url: "SERVER/bad" }';
  await withNotifier(targets, async ({ server, notifier }) => {
    server.script = ({ path }) => ({ status: path === '/bad' ? 401 : 200 });
    assert.equal(await notifier.test(), [
      { target: 'notifications.targets[0]', type: 'webhook', problem: null },
      {
        target: 'notifications.targets[1]',
        type: 'discord',
        problem: "it answered 401: check the target's url",
      },
    ]);
  });
});

test.run();
