/** The image's entrypoint with the capabilities that a container gives it, and as whom it goes on. */
import { execFile } from 'node:child_process';
import { chmod, chown, copyFile, link, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { API_KEY_FILE, keyFileOf } from '../../src/http/api-key-file.ts';
import { rolloutFileOf } from '../../src/service/rollout/rollout-store.ts';

const test = suite('entrypoint.sh');
const ENTRYPOINT = fileURLToPath(new URL('../../scripts/entrypoint.sh', import.meta.url));
const SELF = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
const IS_ROOT = SELF.uid === 0;

/** Stands in for the service: says as whom it runs. */
const STAND_IN = `
const { readFileSync } = require('node:fs');
const status = readFileSync('/proc/self/status', 'utf8');
const field = (name) => new RegExp(name + ':\\\\s*(.*)').exec(status)[1];
console.log(JSON.stringify({
  uid: process.getuid(), gid: process.getgid(), groups: process.getgroups(), umask: process.umask().toString(8),
  capabilities: field('CapEff'), noNewPrivileges: field('NoNewPrivs'), arguments: process.argv.slice(2), pid: process.pid,
}));
`;

interface Outcome {
  readonly code: number;
  readonly stderr: string;
  readonly as: Record<string, unknown>;
}

interface Image {
  readonly config: string;
  /** @param capabilities of root in the container, as setpriv names them; default: all that the test has */
  start(
    env: Record<string, string>,
    capabilities?: readonly string[],
    args?: readonly string[],
  ): Promise<Outcome>;
}

async function withImage(body: (image: Image) => Promise<void>): Promise<void> {
  const root = await mkdtemp(path.join(tmpdir(), 'entrypoint-test-'));
  const config = path.join(root, 'config');
  const entry = path.join(root, 'app/entrypoint.sh');
  try {
    await chmod(root, 0o755);
    await mkdir(path.join(root, 'app/dist'), { recursive: true });
    await mkdir(config);
    await copyFile(ENTRYPOINT, entry);
    await chmod(entry, 0o755);
    await writeFile(path.join(root, 'app/dist/main.js'), STAND_IN);
    await writeFile(path.join(root, 'app/package.json'), '{}');
    const start: Image['start'] = (env, capabilities, args = ['run']) =>
      new Promise((resolve) => {
        const limited = [
          '--bounding-set',
          ['-all', ...(capabilities ?? []).map((name) => `+${name}`)].join(','),
        ];
        const [program = '', ...words] =
          capabilities === undefined ? [entry, ...args] : ['setpriv', ...limited, entry, ...args];
        const environment = {
          PATH: process.env.PATH,
          QGUARDARR_CONFIG: path.join(config, 'q.yaml'),
          // Node hands it on unasked, and whoever the entrypoint becomes can't write there.
          NODE_V8_COVERAGE: '',
          ...env,
        };
        execFile(program, words, { env: environment }, (error, stdout, stderr) => {
          const code = error === null ? 0 : Number(error.code);
          resolve({ code, stderr, as: code === 0 ? JSON.parse(stdout) : {} });
        });
      });
    await body({ config, start });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

const ownerOf = async (file: string) => {
  const { uid, gid } = await stat(file);
  return `${uid}:${gid}`;
};

test('root goes on as PUID:PGID without any capability; any other user stays as they are', async () => {
  await withImage(async ({ config, start }) => {
    const { code, stderr, as } = await start({ PUID: '1234', PGID: '2345' }, undefined, ['doctor', '--json']);
    assert.is(code, 0, stderr);
    assert.equal(as.arguments, ['doctor', '--json']);
    assert.is(as.umask, '22');
    assert.is(Number.parseInt(String(as.capabilities), 16), 0);
    if (IS_ROOT) {
      assert.equal([as.uid, as.gid, as.groups], [1234, 2345, [2345]]);
      assert.is(as.noNewPrivileges, '1');
      assert.is(await ownerOf(config), '1234:2345');
    } else {
      assert.equal([as.uid, as.gid], [SELF.uid, SELF.gid]);
      assert.match(stderr, /PUID is 1234, but the container runs as user \d+, which counts/);
    }
  });
});

test('the default is 1000:1000, and the umask is the one asked for', async () => {
  await withImage(async ({ start }) => {
    const { as, stderr } = await start({ UMASK: '077' });
    assert.is(as.umask, '77');
    assert.is(as.uid, IS_ROOT ? 1000 : SELF.uid);
    assert.is(stderr, '');
  });
});

test('what is no number or umask ends it with one line', async () => {
  await withImage(async ({ start }) => {
    const cases: readonly (readonly [Record<string, string>, RegExp])[] = [
      [{ PUID: 'me' }, /^qguardarr: PUID should be a user's number such as 1000, got "me"\n$/],
      [{ PGID: '1;id' }, /^qguardarr: PGID should be a group's number such as 1000, got "1;id"\n$/],
      [{ UMASK: '999' }, /^qguardarr: UMASK should be three octal digits such as 022, got "999"\n$/],
    ];
    for (const [env, message] of cases) {
      const { code, stderr } = await start(env);
      assert.is(code, 2);
      assert.match(stderr, message);
    }
  });
});

// Only root can lay capabilities down; CI runs this file once more as root.
if (IS_ROOT) {
  test('SETUID and SETGID are enough where the folder is theirs already, CHOWN besides where it is not', async () => {
    await withImage(async ({ config, start }) => {
      const refused = await start({}, ['setuid', 'setgid']);
      assert.is(refused.code, 2);
      assert.match(refused.stderr, /can't be given to 1000:1000: .*\(chown -R 1000:1000\), or add CAP_CHOWN/);
      const given = await start({}, ['setuid', 'setgid', 'chown']);
      assert.is(given.code, 0, given.stderr);
      assert.is(await ownerOf(config), '1000:1000');
      const again = await start({}, ['setuid', 'setgid']);
      assert.equal([again.code, again.as.uid], [0, 1000]);
    });
  });

  test('files of another owner in a folder of the user stay as they are', async () => {
    await withImage(async ({ config, start }) => {
      const file = path.join(config, 'q.yaml');
      await writeFile(file, '');
      await chown(config, 1000, 1000);
      await start({});
      assert.is(await ownerOf(file), '0:0');
    });
  });

  test('of the folder only what is ours is given: no file of others, no link, no file with a second name', async () => {
    await withImage(async ({ config, start }) => {
      const at = (name: string) => path.join(config, name);
      const outside = path.join(config, '..', 'outside');
      await writeFile(outside, '');
      await mkdir(at('data/deep'), { recursive: true });
      await mkdir(at('others'));
      const ours = ['q.yaml', '.env', 'data/rollback.db', 'data/deep/file'];
      for (const name of [...ours, 'others/file', 'photo.jpg']) await writeFile(at(name), '');
      await link(outside, at('data/second-name'));
      await link(outside, at('rollback.db'));
      await symlink(outside, at('data/link'));
      await symlink(path.join(config, 'others'), at('logs'));
      const { code, stderr } = await start({});
      assert.is(code, 0, stderr);
      for (const name of [...ours, '.', 'data', 'data/deep'])
        assert.is(await ownerOf(at(name)), '1000:1000', name);
      for (const name of ['others', 'others/file', 'photo.jpg', '../outside', 'rollback.db']) {
        assert.is(await ownerOf(at(name)), '0:0', name);
      }
    });
  });

  test('all that the service writes is given, also where the journal and the log are beside the config', async () => {
    const journal = 'rollback.db';
    const written = [
      API_KEY_FILE,
      ...['webhook', 'script', 'a-2'].map(keyFileOf),
      ...[journal, `${journal}~`, `${journal}.lock`, `${journal}.torn-1`, rolloutFileOf(journal)],
      ...[`${journal}.webhook.curl`, `${journal}.webhook.json`, 'dry_run_limits.json'],
      ...['qguardarr.log', 'qguardarr.log.1', 'other-name.log', 'other-name.log.12'],
    ];
    await withImage(async ({ config, start }) => {
      for (const name of written) await writeFile(path.join(config, name), '');
      for (const name of ['api-keys.txt', 'a.log.txt']) await writeFile(path.join(config, name), '');
      const { code, stderr } = await start({ PUID: '1234', PGID: '2345' });
      assert.is(code, 0, stderr);
      for (const name of written) assert.is(await ownerOf(path.join(config, name)), '1234:2345', name);
      for (const name of ['api-keys.txt', 'a.log.txt']) {
        assert.is(await ownerOf(path.join(config, name)), '0:0', name);
      }
    });
  });

  test('a folder of the system is given to nobody, also where the path to it has links and dots', async () => {
    await withImage(async ({ config, start }) => {
      await symlink('/etc', path.join(config, 'link'));
      for (const file of [
        '/q.yaml',
        '/etc/q.yaml',
        `${config}/link/q.yaml`,
        `${config}/link/../q.yaml`,
        '/usr/lib/x',
      ]) {
        // Without CAP_CHOWN an attempt fails, and this machine's own folders are safe from the test.
        const { code, stderr, as } = await start({ QGUARDARR_CONFIG: file }, ['setuid', 'setgid']);
        assert.is(code, 0, `${file}: ${stderr}`);
        assert.match(stderr, /is a folder of the system, so nothing in it is given to 1000:1000/);
        assert.is(as.uid, 1000);
      }
    });
  });

  test('a config that names a folder by dots takes nothing above the folder along', async () => {
    await withImage(async ({ config, start }) => {
      await mkdir(path.join(config, 'inner'));
      await writeFile(path.join(config, 'above'), '');
      const { code } = await start({ QGUARDARR_CONFIG: `${path.join(config, 'inner')}/..` });
      assert.is(code, 0);
      assert.is(await ownerOf(path.join(config, 'above')), '0:0');
      assert.is(await ownerOf(config), '0:0');
    });
  });

  test('PUID 0 stays root, since it is asked for', async () => {
    await withImage(async ({ start }) => {
      assert.is((await start({ PUID: '0', PGID: '0' })).as.uid, 0);
    });
  });
}

test.run();
