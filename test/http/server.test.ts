import * as http from 'node:http';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ListenError } from '../../src/http/errors.ts';
import { createHttpServer } from '../../src/http/server.ts';
import {
  ACCESS,
  ask,
  deferred,
  fakeLog,
  fakeOperations,
  OBSERVABILITY,
  readAll,
  withServer,
} from './support.ts';

function serverOf(overrides: Parameters<typeof fakeOperations>[0] = {}) {
  const { log, lines } = fakeLog();
  const operations = fakeOperations(overrides);
  return {
    lines,
    server: createHttpServer({
      operations,
      access: () => ACCESS,
      ...OBSERVABILITY,
      log,
    }),
  };
}

/** An operation that says when it was called, and ends when the test lets it. */
function slowOperation() {
  const called = deferred<void>();
  const done = deferred<Record<string, unknown>>();
  const run = () => {
    called.resolve();
    return done.promise;
  };
  return { run, called: called.promise, end: done.resolve, fail: done.reject };
}

test('it listens on the address it is given and says which port it got', async () => {
  const { server } = serverOf();
  const address = await server.start({ host: '127.0.0.1', port: 0 });
  try {
    assert.is(address.host, '127.0.0.1');
    assert.ok(address.port > 0);
    await server.start({ host: '127.0.0.1', port: 0 }).then(
      () => assert.unreachable('started twice'),
      (error: Error) => assert.match(error.message, 'running already'),
    );
    assert.is((await ask(address.port, 'GET', '/ping')).status, 200);
  } finally {
    await server.stop(0);
  }
});

test('a port in use is a ListenError that says which and what to do, and it can start later', async () => {
  const first = serverOf().server;
  const second = serverOf().server;
  const { port } = await first.start({ host: '127.0.0.1', port: 0 });
  const error = await second.start({ host: '127.0.0.1', port }).catch((caught: unknown) => caught);
  assert.instance(error, ListenError);
  if (error instanceof ListenError) {
    assert.is(error.name, 'ListenError');
    assert.is(error.code, 'EADDRINUSE');
    assert.match(error.message, `Port ${port} on 127.0.0.1 is in use`);
    assert.match(error.message, 'global.port');
    assert.not.match(error.message, '\n');
  }
  await first.stop(0);
  assert.is((await second.start({ host: '127.0.0.1', port })).port, port);
  await second.stop(0);
});

test('each reason why it cannot listen has its own advice', () => {
  const messageOf = (code?: string) =>
    new ListenError('h', 80, Object.assign(new Error('x'), code === undefined ? {} : { code })).message;
  assert.match(messageOf('EACCES'), /permission.*port 80.*1024/);
  assert.match(messageOf('EADDRNOTAVAIL'), /not an address of this machine.*global\.host/);
  assert.match(messageOf('EOTHER'), /EOTHER/);
  assert.match(messageOf(), /unknown/);
});

test('a webhook is answered while a slow operation runs', async () => {
  const cycle = slowOperation();
  await withServer({ fake: { forceCycle: cycle.run } }, async ({ ask: askIt }) => {
    let cycleEnded = false;
    const forced = askIt('POST', '/cycle/force').then((answer) => {
      cycleEnded = true;
      return answer;
    });
    await cycle.called;
    assert.is((await askIt('POST', '/webhook', { form: 'event=add' })).status, 202);
    assert.is(cycleEnded, false);
    cycle.end({ status: 'success' });
    assert.equal((await forced).json, { status: 'success' });
  });
});

test('stopping lets a request under way finish and takes no other', async () => {
  const rollback = slowOperation();
  const { server, lines } = serverOf({ rollback: rollback.run });
  const { port } = await server.start({ host: '127.0.0.1', port: 0 });
  const agent = new http.Agent({ keepAlive: true });
  const answer = ask(port, 'POST', '/rollback', { json: { confirm: true }, agent });
  await rollback.called;
  let stopped = false;
  const stopping = server.stop(60_000).then(() => {
    stopped = true;
  });
  const late = await ask(port, 'GET', '/ping').catch((error: NodeJS.ErrnoException) => error.code);
  assert.is(late, 'ECONNREFUSED');
  assert.is(stopped, false);
  rollback.end({ status: 'success' });
  const { status, headers, json } = await answer;
  assert.is(status, 200);
  assert.is(headers.connection, 'close');
  assert.equal(json, { status: 'success' });
  await stopping;
  assert.equal(lines, []);
  agent.destroy();
});

test('stopping closes idle keep-alive connections, and those that never said a word, at once', async () => {
  const { server, lines } = serverOf();
  const { port } = await server.start({ host: '127.0.0.1', port: 0 });
  const agent = new http.Agent({ keepAlive: true });
  assert.is((await ask(port, 'GET', '/ping', { agent })).status, 200);
  const silent = http.request({ host: '127.0.0.1', port, agent: false });
  silent.on('error', () => {});
  const connected = deferred<void>();
  silent.on('socket', (socket) => socket.once('connect', connected.resolve));
  await connected.promise;
  assert.is((await ask(port, 'GET', '/ping')).status, 200);
  // Were it to wait for either, it would take the hour and the file's time limit would end the test.
  await server.stop(3_600_000);
  assert.equal(lines, []);
  agent.destroy();
});

test('a request that outlives the grace time is cut off, and said so', async () => {
  const cycle = slowOperation();
  const { server, lines } = serverOf({ forceCycle: cycle.run });
  const { port } = await server.start({ host: '127.0.0.1', port: 0 });
  const answer = ask(port, 'POST', '/cycle/force').catch((error: NodeJS.ErrnoException) => error.code);
  await cycle.called;
  await server.stop(1);
  assert.is(await answer, 'ECONNRESET');
  assert.is(lines.length, 1);
  assert.equal(lines[0]?.fields, { requests: 1, graceMs: 1 });
  cycle.end({});
});

test('stopping twice, or what never ran, is no error, and it can be started again', async () => {
  const { server } = serverOf();
  await server.stop(0);
  await server.start({ host: '127.0.0.1', port: 0 });
  await Promise.all([server.stop(0), server.stop(0)]);
  const { port } = await server.start({ host: '127.0.0.1', port: 0 });
  assert.is((await ask(port, 'GET', '/ping')).status, 200);
  await server.stop(0);
});

test('a client that leaves while its operation runs does no harm', async () => {
  const cycle = slowOperation();
  await withServer({ fake: { forceCycle: cycle.run } }, async ({ dial, ask: askIt, lines }) => {
    const socket = await dial();
    socket.write('POST /cycle/force HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await cycle.called;
    const closed = readAll(socket);
    socket.destroy();
    await closed;
    cycle.fail(new Error('failed after its client left'));
    assert.is((await askIt('GET', '/ping')).status, 200);
    assert.is(lines.filter(({ level }) => level === 'error').length, 1);
  });
});

test('a client that sends its headers or its body too slowly is answered 408 and cut off', async () => {
  const timeouts = { headers: 60, request: 120, check: 20 };
  await withServer({ timeouts }, async ({ dial, operations }) => {
    const heads = await dial();
    heads.write('GET /ping HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    const trickle = setInterval(() => heads.writable && heads.write('x'), 10);
    assert.match(await readAll(heads), /^HTTP\/1\.1 408 .*request_timeout/s);
    clearInterval(trickle);
    const body = await dial();
    const head = 'POST /webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    body.write(`${head}Content-Length: 1000\r\n\r\n{`);
    assert.match(await readAll(body), /^HTTP\/1\.1 408 .*request_timeout/s);
    assert.equal(operations.calls, []);
  });
});

test('a client that takes nothing of its answer is cut off, whatever it goes on sending', async () => {
  const stats = () => ({ filler: 'x'.repeat(16_000_000) });
  await withServer({ fake: { stats }, timeouts: { answer: 150 } }, async ({ dial }) => {
    const idle = await dial();
    const gone = new Promise((resolve) => idle.on('error', () => {}).once('close', resolve));
    idle.write('GET /stats HTTP/1.1\r\nHost: localhost\r\n\r\n');
    idle.pause();
    // It reads nothing, so that only a write can tell it that it was cut off.
    const chatter = setInterval(() => idle.writable && idle.write('\r\n'), 20);
    const late = setTimeout(() => idle.destroy(new Error('not cut off')), 30_000);
    const failures: string[] = [];
    idle.on('error', (error) => failures.push(error.message));
    await gone;
    clearInterval(chatter);
    clearTimeout(late);
    assert.match(failures.join(), /EPIPE|ECONNRESET/);
    assert.ok(idle.bytesRead < 16_000_000, `${idle.bytesRead}`);
  });
});

test.run();
