import { COMMANDS, type CommandSpec, GLOBAL_OPTIONS, type OptionSpec } from './command-table.ts';

const EXIT_CODES = `Exit codes
  0 fine   1 config invalid, or a check found something   2 wrong command line, or --confirm is missing
  3 cannot start, or an internal error   4 qBittorrent does not answer or refuses the credentials
  5 the service does not answer or refuses what is asked
`;

/** Of all commands. */
export function generalHelp(): string {
  const commands = COMMANDS.map(({ name, operands, summary }): [string, string] => {
    const short = operands.length > 12 ? '...' : operands;
    return [`${name} ${short}`.trimEnd(), summary];
  });
  return `Usage: qguardarr [command] [options]

Keeps each tracker's total upload in qBittorrent at or under its cap.

Commands
${columns(commands)}

Options
${columns(GLOBAL_OPTIONS.map(describe))}

qguardarr COMMAND --help tells the options of a command. Colours are for terminals only; NO_COLOR turns them off.

${EXIT_CODES}`;
}

export function commandHelp({ name, operands, summary, details, options }: CommandSpec): string {
  const usage = ['qguardarr', name, operands, '[options]'].filter((part) => part !== '').join(' ');
  const about = details.length === 0 ? '' : `\n${details.map((line) => `  ${line}`).join('\n')}\n`;
  return `Usage: ${usage}

${summary[0]?.toUpperCase()}${summary.slice(1)}.
${about}
Options
${columns([...options, ...GLOBAL_OPTIONS].map(describe))}

${EXIT_CODES}`;
}

function describe({ name, short, value, summary }: OptionSpec): [string, string] {
  const dashes = short === undefined ? `    --${name}` : `-${short}, --${name}`;
  return [value === undefined ? dashes : `${dashes} ${value}`, summary];
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}
