import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readYaml } from '../../src/config/yaml-file.ts';

const test = suite('readYaml');

const refused: readonly [string, string, number | undefined, RegExp][] = [
  ['an empty file', '', undefined, /empty/],
  ['a file of comments', '# nothing\n', undefined, /empty/],
  ['a list', '- 1\n', 1, /expected a mapping/],
  ['a text', 'hello\n', 1, /expected a mapping/],
  ['a quote that is not closed', 'a: 1\nb: "x\n', 3, /closing quote/],
  ['a tab', 'a:\n\tb: 1\n', 2, /tabs/],
  ['a bad escape', 'a: ".*\\.org"\n', 1, /backslash in "double quotes" must be doubled/],
  ['two colons in a line', 'a: 1\nb: c: d\n', 2, /put the value in quotes/],
  ['a text that looks like a tag', 'a: !secret\n', 1, /put it in quotes/],
  ['two documents', 'a: 1\n---\nb: 1\n', 2, /second document/],
  ['an alias without an anchor', 'a: *b\n', undefined, /aliases/],
  ['an anchor that holds itself', 'a: &a [*a]\n', undefined, /aliases/],
  ['a ring of mappings', 'a: &a {b: *a}\n', undefined, /aliases/],
  ['nesting past reason', `a: ${'['.repeat(80)}${']'.repeat(80)}\n`, undefined, /deeper/],
];
for (const [name, text, line, message] of refused) {
  test(`${name} is one issue${line === undefined ? '' : `, in line ${line}`}`, () => {
    const { tree, issues } = readYaml(text);
    assert.is(tree, null);
    assert.is(issues.length, 1, JSON.stringify(issues));
    assert.is(issues[0]?.line, line);
    assert.match(issues[0]?.message ?? '', message);
  });
}

test('an alias bomb is refused without being built', () => {
  const levels = 'bcdefghi'.split('').map((name, index) => {
    const previous = 'abcdefgh'[index];
    return `${name}: &${name} [${Array(9).fill(`*${previous}`).join(', ')}]`;
  });
  const { tree, issues } = readYaml(['a: &a [x]', ...levels].join('\n'));
  assert.is(tree, null);
  assert.match(issues[0]?.message ?? '', /aliases/);
});

// Parsed, these end the process: no catch helps.
for (const piece of ['[', '{a: ', '- ', '? ', 'a: ', '- [ {a: ', '[\n', '!a ', '{? ', '[a: ']) {
  test(`${JSON.stringify(piece)} twenty thousand times is an issue, not a crash`, () => {
    assert.is(readYaml(piece.repeat(20_000)).tree, null);
  });
}

test('indentation that deepens for thousands of lines is an issue, not a crash', () => {
  const lines = Array.from({ length: 3000 }, (_, depth) => `${' '.repeat(depth)}a:`);
  assert.is(readYaml(lines.join('\n')).tree, null);
});

test('brackets and colons in texts are not nesting', () => {
  const { tree } = readYaml(`a: '${'[{'.repeat(500)}'\nb: |\n  ${'[a: '.repeat(500)}\n`);
  assert.equal(Object.keys(tree ?? {}), ['a', 'b']);
});

test('every line with a syntax error is reported once, and none of its text', () => {
  const { issues } = readYaml('a: "hunter2"hunter3\nb: 1\nc: @hunter4\nd: [hunter5\n');
  assert.ok(issues.length >= 2, JSON.stringify(issues));
  assert.not.match(JSON.stringify(issues), /hunter/);
  assert.equal(
    issues.map(({ line }) => line),
    [...new Set(issues.map(({ line }) => line))],
  );
});

test('a key that stands twice is an issue with its path and both lines', () => {
  const { issues } = readYaml('a: 1\nb:\n  c: 1\n  d: 1\n  c: 2\n');
  assert.equal(issues, [{ path: 'b.c', message: 'stands twice: first in line 3', line: 5 }]);
});

test('a finding is tied to its key, or to the nearest key above that is there', () => {
  const file = readYaml('# top\na:\n  - x: 1\n    y: 2\n  - x: 3\nb: {c: 1}\n');
  const lineOf = (...path: (string | number)[]): number | undefined =>
    file.locate({ path, message: '' }).line;
  assert.is(lineOf('a'), 2);
  assert.is(lineOf('a', 0, 'y'), 4);
  assert.is(lineOf('a', 1, 'missing'), 5);
  assert.is(lineOf('b', 'c'), 6);
  assert.is(lineOf('missing'), undefined);
});

test('anchors, merge keys, a byte order mark and Windows line ends are read', () => {
  const { tree } = readYaml('\uFEFFbase: &base {p: 1, q: 2}\r\nuse:\r\n  <<: *base\r\n  q: 3\r\n');
  assert.equal(tree, { base: { p: 1, q: 2 }, use: { p: 1, q: 3 } });
});

test('__proto__ is a key like any other and changes no prototype', () => {
  const { tree } = readYaml('__proto__: {polluted: 1}\n');
  assert.equal(Object.keys(tree ?? {}), ['__proto__']);
  assert.is(Object.getPrototypeOf(tree), Object.prototype);
  assert.not.ok('polluted' in {});
});

test.run();
