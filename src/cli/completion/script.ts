import type { Command } from 'commander';

export type Shell = 'bash' | 'zsh' | 'fish';

/** A completion script made of the command line's own definition, so that the two cannot differ. */
export function completionScript(program: Command, shell: Shell): string {
  const words = wordsOf(program);
  switch (shell) {
    case 'bash':
      return bash(words);
    case 'zsh':
      return `autoload -U +X bashcompinit && bashcompinit\n${bash(words)}`;
    case 'fish':
      return fish(program);
  }
}

interface Words {
  /** `key generate`, empty for the program itself. */
  readonly command: string;
  readonly words: readonly string[];
  /** What may follow an option: `--level` → `record checksum decrypt`. */
  readonly choices: ReadonlyMap<string, readonly string[]>;
}

function wordsOf(program: Command, path: readonly string[] = []): readonly Words[] {
  const subcommands = program.commands.map((command) => command.name());
  const options = program.options.flatMap((option) => option.long ?? []);
  const values = program.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
  const own = {
    command: path.join(' '),
    words: [...subcommands, ...values, ...options, '--help'],
    choices: new Map(
      program.options.flatMap(({ long, argChoices }) =>
        typeof long === 'string' && argChoices !== undefined ? [[long, argChoices] as const] : [],
      ),
    ),
  };
  return [own, ...program.commands.flatMap((command) => wordsOf(command, [...path, command.name()]))];
}

function bash(all: readonly Words[]): string {
  const cases = all.map(({ command, words }) => `    '${command}') words='${words.join(' ')}' ;;`);
  const valued = all.flatMap(({ command, choices }) =>
    [...choices].map(
      ([option, values]) =>
        `    '${command} ${option}') COMPREPLY=($(compgen -W '${values.join(' ')}' -- "$cur")); return ;;`,
    ),
  );
  const groups = all.map(({ command }) => command).filter((command) => command.includes(' '));
  const parents = [...new Set(groups.map((command) => command.split(' ')[0]))].join('|');
  return [
    '_backup_plan() {',
    '  local cur=${COMP_WORDS[COMP_CWORD]} path= words',
    '  [ "$COMP_CWORD" -gt 1 ] && path=${COMP_WORDS[1]}',
    `  case $path in ${parents}) [ "$COMP_CWORD" -gt 2 ] && path="$path \${COMP_WORDS[2]}" ;; esac`,
    '  case $path in',
    ...cases,
    "    *) words='' ;;",
    '  esac',
    '  case "$path ${COMP_WORDS[COMP_CWORD - 1]-}" in',
    ...valued,
    '  esac',
    '  case $cur in',
    '    -*|"") COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;',
    '    *) COMPREPLY=($(compgen -W "$words" -- "$cur") ${path:+$(compgen -f -- "$cur")}) ;;',
    '  esac',
    '}',
    'complete -o default -F _backup_plan backup-plan',
    '',
  ].join('\n');
}

function fish(program: Command): string {
  const lines = program.commands.flatMap((command) => {
    const seen = `__fish_seen_subcommand_from ${command.name()}`;
    return [
      `complete -c backup-plan -n __fish_use_subcommand -a ${command.name()} -d ${quoted(command.description())}`,
      ...optionsOf(command, seen),
      ...command.commands.flatMap((child) => [
        `complete -c backup-plan -n ${quoted(seen)} -a ${child.name()} -d ${quoted(child.description())}`,
        ...optionsOf(child, `${seen}; and __fish_seen_subcommand_from ${child.name()}`),
      ]),
    ];
  });
  return `${lines.join('\n')}\n`;
}

function optionsOf(command: Command, when: string): readonly string[] {
  return command.options.flatMap(({ long, required, argChoices, description }) => {
    if (typeof long !== 'string') return [];
    const value =
      argChoices === undefined ? (required ? ' -r' : '') : ` -x -a ${quoted(argChoices.join(' '))}`;
    return [
      `complete -c backup-plan -n ${quoted(when)} -l ${long.slice(2)}${value} -d ${quoted(description)}`,
    ];
  });
}

function quoted(text: string): string {
  return `'${text.replace(/'/g, "\\'")}'`;
}
