/** The parts of the documents that are made from the code are as the code is. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createMachine } from 'xstate';
import { documents } from '../../scripts/docs/documents.ts';
import { machineDiagram } from '../../scripts/docs/machine-diagram.ts';
import { partsOf, remade, SECTIONS } from '../../scripts/docs/sections.ts';

const test = suite('the made parts of the documents');
const texts = await Promise.all(
  (await documents()).map(async (file) => [file, await readFile(file, 'utf8')] as const),
);

for (const [file, text] of texts.filter(([, content]) => partsOf(content).length > 0)) {
  test(`${path.basename(file)} is up to date (npm run docs makes it so)`, () => {
    assert.is(text, remade(text));
  });
}

test('every part that can be made stands somewhere', () => {
  const used = new Set(texts.flatMap(([, text]) => partsOf(text)));
  assert.equal(used, new Set(Object.keys(SECTIONS)));
});

test('a part that nothing makes is an error, not an empty place', () => {
  assert.throws(
    () => remade('<!-- made: nothing of that name -->\n<!-- /made -->'),
    /no part is called "nothing of that name"/,
  );
});

test('a diagram has the states, those inside them, and what leads from one to another', () => {
  const machine = createMachine({
    initial: 'red',
    on: { BREAK: '.broken' },
    states: {
      red: { after: { pause: 'green' }, on: { STAY: {} } },
      green: {
        initial: 'fresh',
        states: { fresh: { on: { TICK: { guard: 'isOld', target: 'old' } } }, old: {} },
      },
      broken: { invoke: { src: 'mend', onDone: 'red', onError: 'broken' } },
    },
  });
  assert.is(
    machineDiagram(machine.root),
    `stateDiagram-v2
  state "red" as red
  state "green" as green {
    state "fresh" as green_fresh
    state "old" as green_old
    [*] --> green_fresh
  }
  state "broken" as broken
  [*] --> red
  state "any state" as any
  any --> broken: BREAK
  red --> green: pause
  green_fresh --> green_old: TICK [isOld]
  broken --> red: mend ended
  broken --> broken: mend broke`,
  );
});

test.run();
