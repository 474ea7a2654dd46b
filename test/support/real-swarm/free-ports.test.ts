import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePorts } from './free-ports.ts';

const test = suite('free ports');
/** So many that two random choices of them would have some in common. */
const MANY = 400;
const FOLDER = new URL('./free-ports.ts', import.meta.url);
const TAKE = `
  const { freePorts } = await import(${JSON.stringify(FOLDER.href)});
  console.log(JSON.stringify(await freePorts(${MANY})));
  process.stdin.on('data', () => process.exit());
`;
const ARGS = ['--import', 'tsx', '--input-type=module', '-e', TAKE];

test('are given once, in this process and in others that run', async () => {
  const child = spawn(process.execPath, ARGS, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const taken = new Set<number>(JSON.parse(String(line)));
  const own = [...(await freePorts(MANY)), ...(await freePorts(MANY))];
  assert.is(new Set(own).size, 2 * MANY);
  assert.equal(
    own.filter((port) => taken.has(port)),
    [],
  );
  child.stdin.write('end');
  await once(child, 'exit');
});

test.run();
