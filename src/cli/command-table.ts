/** Every command and option there is: the arguments are read by it, help and completion are made from it. */
import { rowsCommand } from '../journal/sqlite-file.ts';

export interface OptionSpec {
  /** Without the dashes. */
  readonly name: string;
  readonly short?: string;
  /** What stands for its value in the help; absent: it takes none. */
  readonly value?: string;
  readonly isRepeatable?: boolean;
  readonly summary: string;
}

export interface CommandSpec {
  readonly name: string;
  /** As the help shows them; '' when it takes none. */
  readonly operands: string;
  /** What is wrong with the operands, or null. */
  readonly refuse: (operands: readonly string[]) => string | null;
  readonly summary: string;
  /** Words that can stand as its first operand. */
  readonly words?: readonly string[];
  /** Words after which an operand is a file. */
  readonly fileAfter?: readonly string[];
  readonly options: readonly OptionSpec[];
  /** Lines of the command's own help, below its summary. */
  readonly details: readonly string[];
}

export const GLOBAL_OPTIONS = [
  {
    name: 'config',
    short: 'c',
    value: 'FILE',
    summary: 'the config (then QGUARDARR_CONFIG, then config/qguardarr.yaml)',
  },
  { name: 'help', short: 'h', summary: 'this help, or that of a command' },
  { name: 'version', short: 'V', summary: 'print the version' },
] as const satisfies readonly OptionSpec[];

const JSON_OPTION = { name: 'json', summary: 'the answer as JSON on stdout, for scripts' } as const;
const URL_OPTION = {
  name: 'url',
  value: 'URL',
  summary: 'where the service answers (default: on this machine, by the config)',
} as const;

const none = (command: string) => (operands: readonly string[]) =>
  operands.length === 0 ? null : `${command} takes no operands, got "${operands.join(' ')}"`;

const ORIGINALS_ACTIONS = ['export', 'import', 'adopt'] as const;
const ROLLOUT_ACTIONS = ['status', 'start', 'advance', 'hold', 'continue', 'abort'] as const;
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

function refuseRollout([action = 'status', ...rest]: readonly string[]): string | null {
  const isPercentage = /^\d{1,3}$/.test(action) && Number(action) >= 1 && Number(action) <= 100;
  if (!isPercentage && !ROLLOUT_ACTIONS.some((known) => known === action)) {
    return `rollout takes ${ROLLOUT_ACTIONS.join(', ')} or a percentage from 1 to 100, got "${action}"`;
  }
  if (rest.length > (action === 'start' ? 1 : 0)) return `rollout ${action}: too many operands`;
  return null;
}

function refuseOriginals([action = '', ...rest]: readonly string[]): string | null {
  if (!ORIGINALS_ACTIONS.some((known) => known === action)) {
    return `originals takes ${ORIGINALS_ACTIONS.join(', ')}, got "${action}"`;
  }
  if (action === 'import' && rest.length !== 1) return 'originals import takes one file';
  if (rest.length > (action === 'adopt' ? 0 : 1)) return `originals ${action}: too many operands`;
  return null;
}

const COMMAND_TABLE = [
  {
    name: 'run',
    operands: '',
    refuse: none('run'),
    summary: 'serve and enforce (the default); without a config, a demo on a simulated qBittorrent',
    options: [
      { name: 'demo', summary: 'run against the simulated qBittorrent, whatever config there is' },
      {
        name: 'wait-for-config',
        summary: 'write a commented config where there is none, and wait until it is filled in',
      },
    ],
    details: ['Ends on SIGTERM or SIGINT within 5 s; SIGHUP reloads the config.'],
  },
  {
    name: 'check',
    operands: '',
    refuse: none('check'),
    summary: 'read the config, print what is wrong with it',
    options: [JSON_OPTION],
    details: ['Ends with 1 when the config has errors.'],
  },
  {
    name: 'doctor',
    operands: '',
    refuse: none('doctor'),
    summary: 'connect and report what would keep caps from holding; install the webhook',
    options: [
      JSON_OPTION,
      { name: 'install-webhook', summary: 'have qBittorrent tell the service of new torrents' },
      { name: 'remove-webhook', summary: 'put back what stood there before' },
      { name: 'webhook-url', value: 'URL', summary: 'of the service, as seen from where qBittorrent runs' },
      {
        name: 'webhook-options',
        value: 'FILE',
        summary: 'where qBittorrent finds the file with the key, if it sees it under another path',
      },
      { name: 'yes', short: 'y', summary: "change qBittorrent's settings without asking" },
    ],
    details: [
      'Each finding is an error (caps are not held), a warning (caps are held worse, or not used) or a note.',
      'Ends with 1 when there is an error or a warning.',
    ],
  },
  {
    name: 'preview',
    operands: '',
    refuse: none('preview'),
    summary: 'what the next cycle would write, and why; writes nothing',
    options: [JSON_OPTION],
    details: ['Asks the service when it runs; measures for itself when it does not.'],
  },
  {
    name: 'match',
    operands: 'URL',
    refuse: (operands) => (operands.length === 1 ? null : 'match takes one announce URL'),
    summary: 'which tracker an announce URL belongs to, and why',
    options: [JSON_OPTION],
    details: ['Ends with 1 when no tracker takes it.'],
  },
  {
    name: 'rollback',
    operands: '',
    refuse: none('rollback'),
    summary: 'give every torrent its own limit back, whether the service runs or not',
    options: [
      JSON_OPTION,
      { name: 'confirm', summary: 'do it; without, it is only said what would be done' },
      {
        name: 'first-originals',
        summary: "restore the limits seen before Qguardarr's first write, whatever was set by hand later",
      },
      { name: 'reason', value: 'TEXT', summary: 'why, for the journal' },
      { name: 'tracker', value: 'ID', summary: "this tracker's torrents only" },
      {
        name: 'hash',
        value: 'HASH',
        isRepeatable: true,
        summary: 'this torrent only; may be given several times',
      },
    ],
    details: [
      'A service that runs is asked to do it; with the service stopped, the journal alone is enough.',
      'HASH is a v1 or v2 info-hash, whole or as the WebUI shortens it.',
      'Nothing is enforced afterwards until POST /resume; with nothing managed, nothing changes.',
      'Ends with 2 without --confirm, and for a HASH that no torrent has (5 when the service says so).',
    ],
  },
  {
    name: 'rollout',
    operands: '[status | start [PLAN.yaml] | advance | hold | continue | abort | PERCENTAGE]',
    refuse: refuseRollout,
    summary: 'steer which part of the torrents is managed, by hand or by a plan of steps',
    words: ROLLOUT_ACTIONS,
    fileAfter: ['start'],
    options: [JSON_OPTION, URL_OPTION],
    details: [
      'start      run the plan in PLAN.yaml (see config/rollout.example.yaml), or that of the config',
      'advance    go to the next step now',
      'hold       stay at this step until continue or advance',
      'abort      end the plan, back to the percentage before it',
      'PERCENTAGE manage this part from now on; ends a plan',
      'The service runs the plan, over restarts too; this command may end.',
    ],
  },
  {
    name: 'import',
    operands: '[FILE]',
    refuse: (operands) => (operands.length <= 1 ? null : 'import takes one file, or rows on standard input'),
    summary: "take over the torrents' own limits from the rows of the Python Qguardarr's database",
    fileAfter: ['import'],
    options: [
      JSON_OPTION,
      { name: 'confirm', summary: 'do it; without, it is only shown what would be taken over' },
    ],
    details: [
      'FILE has the rows as JSON, one a line; without FILE they come on standard input. This command writes them:',
      `  ${rowsCommand('rollback.db')}`,
      'Stop the Python Qguardarr before, and this one too. Where its database stands at rollback.database_path, move',
      'it into another folder once the rows are written. A torrent that is under management keeps its original.',
      'All rows are taken over, or none. qBittorrent is not touched.',
      'Ends with 1 when FILE is not as expected, with 2 without --confirm.',
    ],
  },
  {
    name: 'originals',
    operands: 'export [FILE] | import FILE | adopt',
    refuse: refuseOriginals,
    summary: 'the original limits that the journal knows: export, import, or declare them',
    words: ORIGINALS_ACTIONS,
    fileAfter: ['export', 'import'],
    options: [
      JSON_OPTION,
      { name: 'as-is', summary: 'adopt: the limits that the torrents have now are their original limits' },
      { name: 'unlimited', summary: 'adopt: the torrents have no original limits' },
      { name: 'confirm', summary: 'do it; without, it is only shown what would be done' },
    ],
    details: [
      'export    every original limit, as JSON, to FILE or to the terminal',
      'import    into this journal; torrents that it knows keep their original. Stop the service before',
      'adopt     for torrents with limits that Qguardarr wrote and whose originals the journal does not know',
    ],
  },
  {
    name: 'take-ownership',
    operands: '',
    refuse: none('take-ownership'),
    summary: 'put this controller in charge of the client, in place of another one',
    options: [JSON_OPTION, { name: 'confirm', summary: 'do it' }],
    details: [
      'The other controller stops writing as soon as it sees it. Stop it with a rollback before, if you can: then no',
      'limit of it is left whose original this journal does not know.',
    ],
  },
  {
    name: 'state',
    operands: '',
    refuse: none('state'),
    summary: 'how the running service fares: states, rollout, each tracker',
    options: [JSON_OPTION, URL_OPTION],
    details: [],
  },
  {
    name: 'completion',
    operands: SHELLS.join(' | '),
    refuse: (operands) =>
      operands.length === 1 && SHELLS.some((shell) => shell === operands[0])
        ? null
        : `completion takes one of ${SHELLS.join(', ')}`,
    summary: 'print the completion script for a shell',
    words: SHELLS,
    options: [],
    details: [
      'bash   source <(qguardarr completion bash)',
      'zsh    qguardarr completion zsh > $fpath[1]/_qguardarr',
      'fish   qguardarr completion fish > ~/.config/fish/completions/qguardarr.fish',
    ],
  },
] as const satisfies readonly CommandSpec[];

export type CommandName = (typeof COMMAND_TABLE)[number]['name'];

export const COMMANDS: readonly (CommandSpec & { readonly name: CommandName })[] = COMMAND_TABLE;
