import { COMMANDS, type CommandSpec, GLOBAL_OPTIONS, type OptionSpec, type SHELLS } from './command-table.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { print } from './output.ts';

type Shell = (typeof SHELLS)[number];

/** @param shell as the arguments were checked */
export function completion(shell: string): ExitCode {
  print(
    ...completionFor(shell as Shell)
      .replace(/\n$/, '')
      .split('\n'),
  );
  return EXIT.ok;
}

/** The script that makes a shell complete commands, options and files. */
export function completionFor(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bash();
    case 'zsh':
      return zsh();
    case 'fish':
      return fish();
  }
}

function optionsOf({ options }: CommandSpec): readonly OptionSpec[] {
  return [...options, ...GLOBAL_OPTIONS];
}

function bash(): string {
  const cases = COMMANDS.map((command) => {
    const words = [...(command.words ?? []), ...optionsOf(command).map(({ name }) => `--${name}`)].join(' ');
    const files = command.fileAfter === undefined ? '' : ` files=' ${command.fileAfter.join(' ')} '`;
    return `    ${command.name}) words='${words}'${files} ;;`;
  }).join('\n');
  const all: readonly OptionSpec[] = [...GLOBAL_OPTIONS, ...COMMANDS.flatMap(({ options }) => options)];
  const dashed = (accepts: (value: string) => boolean) =>
    all
      .filter(({ value }) => value !== undefined && accepts(value))
      .flatMap(({ name, short }) => (short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`]))
      .filter((text, index, texts) => texts.indexOf(text) === index)
      .join('|');
  return `# bash completion of qguardarr
_qguardarr() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' word words files=''
  local skip=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [ -n "$skip" ]; then skip=''; continue; fi
    case $word in
      ${dashed(() => true)}) skip=yes ;;
      -*) ;;
      *) command=$word; break ;;
    esac
  done
  case $previous in
    ${dashed((value) => value === 'FILE')}) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
  esac
  case $command in
${cases}
    *) words='${COMMANDS.map(({ name }) => name).join(' ')} --config --help --version' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [[ $files = *" $previous "* && $current != -* ]]; then mapfile -t COMPREPLY < <(compgen -f -- "$current"); fi
}
complete -o filenames -F _qguardarr qguardarr
`;
}

/** In single quotes, for zsh and fish alike; both understand '\''. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function zsh(): string {
  const option = ({ name, short, value, isRepeatable, summary }: OptionSpec) => {
    const help = summary.replaceAll('[', '\\[').replaceAll(']', '\\]').replaceAll(':', '\\:');
    const argument = value === undefined ? '' : `:${value}:${value === 'FILE' ? '_files' : ''}`;
    const many = isRepeatable === true ? '*' : '';
    const long = quoted(`${many}--${name}[${help}]${argument}`);
    return short === undefined ? long : `${long} ${quoted(`-${short}[${help}]${argument}`)}`;
  };
  const cases = COMMANDS.map((command) => {
    const words = command.words === undefined ? [] : [quoted(`1:word:(${command.words.join(' ')})`)];
    const place = command.words === undefined ? 1 : 2;
    const file = command.fileAfter === undefined ? [] : [quoted(`${place}:file:_files`)];
    return `    ${command.name}) _arguments ${[...optionsOf(command).map(option), ...words, ...file].join(' ')} ;;`;
  }).join('\n');
  const names = COMMANDS.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join('\n');
  return `#compdef qguardarr
_qguardarr() {
  local -a commands
  commands=(
${names}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases}
  esac
}
_qguardarr "$@"
`;
}

function fish(): string {
  const option = (condition: string, { name, short, value, summary }: OptionSpec) =>
    [
      'complete -c qguardarr',
      condition,
      `-l ${name}`,
      short === undefined ? '' : `-s ${short}`,
      value === undefined ? '' : value === 'FILE' ? '-r -F' : '-x',
      `-d ${quoted(summary)}`,
    ]
      .filter((part) => part !== '')
      .join(' ');
  const lines = COMMANDS.flatMap((command) => {
    const within = `-n '__fish_seen_subcommand_from ${command.name}'`;
    return [
      `complete -c qguardarr -n __fish_use_subcommand -f -a ${command.name} -d ${quoted(command.summary)}`,
      ...(command.words ?? []).map((word) => `complete -c qguardarr ${within} -f -a ${word}`),
      ...command.options.map((one) => option(within, one)),
    ];
  });
  return `# fish completion of qguardarr
${[...GLOBAL_OPTIONS.map((one) => option('', one)), ...lines].join('\n')}
`;
}
