import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { completionFor } from '../../src/cli/completion.ts';
import { commandHelp, generalHelp } from '../../src/cli/help.ts';

const test = suite('help and completion');

/** What bash offers for the last of these words. */
function offered(...words: string[]): string[] {
  const script = `${completionFor('bash')}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_qguardarr; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8', cwd: '/' }).split('\n').filter(Boolean);
}

test('bash completes commands, the words of a command, and its options', () => {
  assert.equal(offered('qguardarr', 'ro'), ['rollback', 'rollout']);
  assert.equal(
    offered('qguardarr', '--config', 'x', 'rollout', 'a'),
    ['advance', 'abort'],
    'x is no command',
  );
  assert.equal(offered('qguardarr', 'rollout', 'a'), ['advance', 'abort']);
  assert.equal(offered('qguardarr', 'doctor', '--install'), ['--install-webhook']);
  assert.equal(offered('qguardarr', 'match', '--demo'), [], 'no option of another command');
  assert.ok(offered('qguardarr', 'check', '--config', '').includes('tmp'), 'files');
  assert.ok(offered('qguardarr', 'rollout', 'start', 'tm').includes('tmp'), 'files');
  assert.equal(offered('qguardarr', 'rollout', 'hold', 'tm'), [], 'no file after another word');
  assert.ok(offered('qguardarr', 'import', 'tm').includes('tmp'), 'files');
  assert.equal(offered('qguardarr', 'import', '--conf'), ['--confirm', '--config']);
  assert.ok(offered('qguardarr', 'originals', 'import', 'tm').includes('tmp'), 'files');
});

test('every shell knows every command and option', () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const script = completionFor(shell);
    for (const { name, options } of COMMANDS) {
      assert.ok(script.includes(name), `${shell}: ${name}`);
      for (const option of options) assert.ok(script.includes(option.name), `${shell}: ${option.name}`);
    }
  }
});

test('the help names every command, and that of a command each of its options', () => {
  const general = generalHelp();
  for (const command of COMMANDS) {
    assert.match(general, new RegExp(`^  ${command.name} `, 'm'));
    const own = commandHelp(command);
    assert.match(own, new RegExp(`^Usage: qguardarr ${command.name}`));
    for (const { name } of command.options) assert.ok(own.includes(`--${name}`), `${command.name} --${name}`);
    assert.match(own, /^Exit codes$/m);
  }
});

test('no line of the help is wider than a usual terminal by far', () => {
  for (const line of [generalHelp(), ...COMMANDS.map(commandHelp)].join('\n').split('\n')) {
    assert.ok(line.length <= 120, line);
  }
});

test.run();
