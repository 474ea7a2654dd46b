import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseArguments, UsageError } from '../../src/cli/arguments.ts';

const test = suite('the arguments of the command line');

function refusal(...argv: string[]): string {
  try {
    parseArguments(argv);
  } catch (error) {
    assert.instance(error, UsageError);
    return error instanceof Error ? error.message : '';
  }
  assert.unreachable(`${argv.join(' ')} was taken`);
  return '';
}

test('without any, it runs', () => {
  const parsed = parseArguments([]);
  assert.is(parsed.command, 'run');
  assert.is(parsed.config, null);
  assert.is(parsed.demo, false);
});

test('options may stand before and after the command', () => {
  assert.is(parseArguments(['--config', 'a.yaml', 'check']).config, 'a.yaml');
  assert.is(parseArguments(['check', '-c', 'a.yaml']).config, 'a.yaml');
});

test('match has its URL, rollback its confirmation and reason', () => {
  assert.equal(parseArguments(['match', 'udp://t.example/announce']).operands, ['udp://t.example/announce']);
  const rollback = parseArguments(['rollback', '--confirm', '--reason', 'too slow']);
  assert.is(rollback.confirm, true);
  assert.is(rollback.reason, 'too slow');
  assert.is(parseArguments(['rollback']).confirm, false);
});

test('a rollback can be limited to a tracker or to torrents, by their hashes as the WebUI has them', () => {
  const hash = 'A'.repeat(40);
  const v2 = `${'b'.repeat(40)}${'c'.repeat(24)}`;
  assert.is(parseArguments(['rollback']).scope, null);
  assert.equal(parseArguments(['rollback', '--tracker', 'alpha']).scope, {
    kind: 'tracker',
    trackerId: 'alpha',
  });
  assert.equal(parseArguments(['rollback', '--hash', hash, '--hash', v2]).scope, {
    kind: 'torrents',
    infoHashes: ['a'.repeat(40), 'b'.repeat(40)],
  });
  assert.match(
    refusal('rollback', '--hash', 'abc'),
    /--hash takes an info-hash of 40 or 64 hex digits, got "abc"/,
  );
  assert.match(refusal('rollback', '--hash', hash, '--tracker', 'a'), /exclude each other/);
  assert.match(refusal('preview', '--tracker', 'a'), /--tracker is an option of rollback/);
});

test('an unknown command is named, with those that there are', () => {
  assert.match(refusal('serve'), /unknown command "serve": expected one of run, check, doctor/);
});

test('an unknown option is named', () => {
  assert.match(refusal('--port', '80'), /--port/);
});

test('an operand too many or too few is refused', () => {
  assert.match(refusal('match'), /match takes one announce URL/);
  assert.match(refusal('match', 'a', 'b'), /match takes one/);
  assert.match(refusal('run', 'q.yaml'), /run takes no operands, got "q.yaml"/);
});

test('an option of another command is refused instead of doing nothing', () => {
  assert.is(refusal('rollback', '--demo'), '--demo is an option of run, not of rollback');
  assert.is(
    refusal('--confirm'),
    '--confirm is an option of rollback, import, originals, take-ownership, not of run',
  );
  assert.is(refusal('doctor', '--reason', 'x'), '--reason is an option of rollback, not of doctor');
  assert.is(refusal('match', 'u', '--url', 'x'), '--url is an option of rollout, state, not of match');
});

test('rollout takes its actions, a percentage, and a plan after start only', () => {
  assert.equal(parseArguments(['rollout']).operands, []);
  assert.equal(parseArguments(['rollout', 'start', 'plan.yaml']).operands, ['start', 'plan.yaml']);
  assert.equal(parseArguments(['rollout', '50']).operands, ['50']);
  assert.match(
    refusal('rollout', 'pause'),
    /takes status, start, .* or a percentage from 1 to 100, got "pause"/,
  );
  assert.match(refusal('rollout', '0'), /from 1 to 100, got "0"/);
  assert.match(refusal('rollout', '101'), /got "101"/);
  assert.match(refusal('rollout', 'hold', 'x'), /rollout hold: too many operands/);
});

test('completion takes a shell that it knows', () => {
  assert.equal(parseArguments(['completion', 'fish']).operands, ['fish']);
  assert.match(refusal('completion'), /takes one of bash, zsh, fish/);
  assert.match(refusal('completion', 'tcsh'), /takes one of bash, zsh, fish/);
});

test('the webhook is installed or removed, not both', () => {
  assert.is(parseArguments(['doctor', '--install-webhook', '-y']).yes, true);
  assert.match(refusal('doctor', '--install-webhook', '--remove-webhook'), /exclude each other/);
});

test('help needs nothing else to be right', () => {
  assert.is(parseArguments(['match', '--help']).help, true);
  assert.is(parseArguments(['rollback', '--hash', 'x', '--help']).help, true);
});

test.run();
