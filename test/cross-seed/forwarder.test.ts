import { setImmediate as turn } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createBus } from '../../src/bus.ts';
import { CrossSeedForwarder } from '../../src/cross-seed/forwarder.ts';
import type { EventName, Events } from '../../src/events.ts';
import { crossSeed } from '../support/cross-seed-server.ts';
import { HandClock } from '../support/hand-clock.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { type Script, type ScriptedServer, withServer } from '../support/scripted-server.ts';

const test = suite('forwarding to cross-seed');
const KEY = 'planted-key-9921';

function hash(number: number): string {
  return number.toString(16).padStart(40, '0');
}

class World {
  readonly clock = new HandClock();
  readonly told: { readonly name: EventName; readonly event: Events[EventName] }[] = [];
  readonly bus = createBus((_, error) => {
    throw error;
  });
  readonly forwarder: CrossSeedForwarder;
  readonly server: ScriptedServer;
  enabled = true;

  constructor(server: ScriptedServer) {
    this.server = server;
    this.bus.onAny((name, event) => this.told.push({ name, event }));
    const { bus, clock } = this;
    const settings = () => ({ enabled: this.enabled, url: server.url, api_key: KEY, timeout: 5 });
    this.forwarder = new CrossSeedForwarder({ bus, clock, settings });
  }

  webhook(infoHash: string | null, event: 'add' | 'complete' | 'delete' = 'complete'): void {
    this.bus.emit('webhook:received', { event, hash: infoHash, at: 0 });
  }

  /** The events of that name, as soon as there are so many. */
  async events<N extends EventName>(name: N, count: number): Promise<Events[N][]> {
    return await waitFor(`${count} ${name}`, 30_000, async () => {
      const found = this.told.filter((one) => one.name === name).map(({ event }) => event as Events[N]);
      return found.length >= count ? found : undefined;
    });
  }

  get forwarded(): unknown[] {
    return this.server.seen.map(({ body }) => JSON.parse(body).infoHash);
  }
}

async function inWorld(script: Script, body: (world: World) => Promise<void>): Promise<void> {
  await withServer(script, async (server) => {
    const world = new World(server);
    world.forwarder.start();
    try {
      await body(world);
    } finally {
      world.forwarder.stop();
    }
  });
}

test('completed torrents go to cross-seed in order; others, and what is no info-hash, do not', async () => {
  await inWorld(crossSeed(KEY), async (world) => {
    world.webhook(hash(1), 'add');
    world.webhook(hash(2), 'delete');
    world.webhook(null);
    world.webhook('../../etc/passwd');
    world.webhook(hash(0xabc).toUpperCase());
    world.webhook(hash(4));
    const sent = await world.events('cross-seed:forwarded', 2);
    assert.equal(
      sent.map(({ infoHash }) => infoHash),
      [hash(0xabc), hash(4)],
    );
    assert.equal(world.forwarded, [hash(0xabc), hash(4)]);
  });
});

test('one that is away for a while gets them all in the end, each once, after growing pauses', async () => {
  let failures = 3;
  const script = crossSeed(KEY);
  await inWorld(
    (request) => (failures-- > 0 ? { status: 503 } : script(request)),
    async (world) => {
      world.webhook(hash(1));
      world.webhook(hash(1));
      world.webhook(hash(2));
      await world.events('cross-seed:forwarded', 2);
      assert.equal(world.clock.slept, [2_000, 10_000, 60_000]);
      assert.equal(world.forwarded, [hash(1), hash(1), hash(1), hash(1), hash(2)]);
      const [first] = await world.events('cross-seed:waiting', 3);
      assert.equal(first, {
        infoHash: hash(1),
        problem: 'it answered 503',
        pauseMs: 2_000,
        waiting: 2,
        at: first?.at,
      });
    },
  );
});

test('one that stays away for eight hours loses the torrent, which is reported', async () => {
  await inWorld(
    () => ({ status: 502 }),
    async (world) => {
      world.webhook(hash(1));
      const [lost] = await world.events('cross-seed:given-up', 1);
      assert.is(lost?.outcome, 'failed');
      assert.match(lost?.problem ?? '', /^it answered 502, 36 times$/);
      const hours = world.clock.slept.reduce((sum, ms) => sum + ms, 0) / 3_600_000;
      assert.ok(hours > 7.5 && hours < 8.5, `${hours} h`);
    },
  );
});

test('a refused key is reported at once, for each torrent, and nothing is tried again', async () => {
  await inWorld(crossSeed('other'), async (world) => {
    world.webhook(hash(1));
    world.webhook(hash(2));
    const lost = await world.events('cross-seed:given-up', 2);
    assert.match(lost[1]?.problem ?? '', /check cross_seed\.api_key/);
    assert.equal(world.clock.slept, []);
    assert.not.match(JSON.stringify(world.told), KEY);
  });
});

test('more than a thousand waiting lose the oldest, counted one by one', async () => {
  await inWorld(
    () => ({ hang: 'before-answer' }),
    async (world) => {
      for (let number = 0; number < 1_006; number += 1) world.webhook(hash(number));
      const dropped = await world.events('cross-seed:given-up', 5);
      assert.equal(
        dropped.map(({ infoHash, outcome }) => [infoHash, outcome]),
        [1, 2, 3, 4, 5].map((number) => [hash(number), 'dropped']),
      );
      assert.is(world.forwarder.stop(), 1_001);
    },
  );
});

test('nothing is sent while it is off, and from a reload that turns it on it is', async () => {
  await inWorld(crossSeed(KEY), async (world) => {
    world.enabled = false;
    world.webhook(hash(1));
    await turn();
    world.enabled = true;
    world.webhook(hash(2));
    await world.events('cross-seed:forwarded', 1);
    assert.equal(world.forwarded, [hash(2)]);
  });
});

test('a stop says how many are left, and what comes afterwards is not sent', async () => {
  await inWorld(
    () => ({ hang: 'before-answer' }),
    async (world) => {
      world.webhook(hash(1));
      world.webhook(hash(2));
      await waitFor('the first', 30_000, async () => (world.server.seen.length === 1 ? true : undefined));
      assert.is(world.forwarder.stop(), 2);
      world.webhook(hash(3));
      await turn();
      assert.is(world.server.seen.length, 1);
    },
  );
});

test.run();
