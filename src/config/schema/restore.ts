import { argv, closed, commandList, ref, text, type Schema } from './shape.ts';

/** `user:group`, `user` or `:group`; names as POSIX has them, or numbers. */
export const OWNER_PATTERN = '^(?=.)([A-Za-z0-9_][A-Za-z0-9_.-]*\\$?)?(:[A-Za-z0-9_][A-Za-z0-9_.-]*\\$?)?$';

export const FILE_MODE_PATTERN = '^0?[0-7]{3}$';

const EXAMPLE = {
  hooks: { before: [['systemctl', 'stop', 'app']], after: [['systemctl', 'start', 'app']] },
  check: [{ command: ['app', 'healthcheck'] }],
};

/** Keys of `restore` that belong to no type. */
export const restoreProperties: Schema = {
  activeCheck: {
    ...command('A program and its arguments, no shell. Exit code 0 says that the resource is in use.', [
      'pgrep',
      '-x',
      'app',
    ]),
    description: 'Tells whether the resource is in use. While it is, a restore over it needs --force.',
    examples: [{ command: ['pgrep', '-x', 'app'] }],
  },
  hooks: {
    ...closed({
      before: commandList('Run before anything live is replaced, once everything is staged and verified.', [
        ['systemctl', 'stop', 'app'],
      ]),
      after: commandList('Run at the end, whatever happened.', [['systemctl', 'start', 'app']]),
    }),
    description: 'Commands around a restore over the live resource.',
    examples: [{ before: [['systemctl', 'stop', 'app']], after: [['systemctl', 'start', 'app']] }],
  },
  migrate: {
    type: 'array',
    items: ref('migration'),
    description:
      'Steps that lead from the version of the application that was backed up to the one that runs now. A restore takes the ones that make a way.',
    examples: [[{ from: '1.0', to: '1.1', run: [['app', 'migrate']] }]],
  },
  check: {
    type: 'array',
    items: {
      ...command('A program and its arguments, no shell. Any exit code but 0 is a failure.', [
        'app',
        'healthcheck',
      ]),
      description: 'One check.',
      examples: [{ command: ['app', 'healthcheck'] }],
    },
    description:
      'Run after each restore over the live resource. A failure is exit code 5, and what was there before can be had back with `undo`.',
    examples: [[{ command: ['app', 'healthcheck'] }]],
  },
  owner: {
    type: 'string',
    pattern: OWNER_PATTERN,
    description: 'To whom everything restored belongs: `user:group`, `user` or `:group`, names or numbers.',
    examples: ['app:app', '1000:1000', ':www-data'],
  },
  fileMode: {
    type: 'string',
    pattern: FILE_MODE_PATTERN,
    description: 'Permission bits of every regular file that is restored, octal, in quotes.',
    examples: ['0600'],
  },
};

export const restoreDefinitions: Schema = {
  appVersion: {
    ...command('A program and its arguments, no shell. The first line that it prints is the version.', [
      'app',
      '--version',
    ]),
    description:
      'Prints the version of the application. It is recorded in each snapshot, and a restore where another major version runs is refused.',
    examples: [{ command: ['app', '--version'] }],
  },
  migration: {
    ...closed(
      {
        from: text({ description: 'Version that the data has.', examples: ['1.0'] }),
        to: text({ description: 'Version that the data has afterwards.', examples: ['1.1'] }),
        run: { ...commandList('What moves the data on.', [['app', 'migrate']]), minItems: 1 },
      },
      ['from', 'to', 'run'],
    ),
    description: 'Moves the data of one version of the application to another.',
    examples: [{ from: '1.0', to: '1.1', run: [['app', 'migrate']] }],
  },
  restore: restoreSchema({}),
};

/** The keys of `restore` for a type that brings some of its own. */
export function restoreSchema(own: Schema): Schema {
  const { properties = {}, required = [], description, examples = [EXAMPLE] } = own;
  return {
    ...closed({ ...(properties as Schema), ...restoreProperties }, required as readonly string[]),
    description:
      typeof description === 'string'
        ? `${description} The other keys say what surrounds a restore over the live resource.`
        : 'What surrounds a restore over the live resource.',
    examples,
  };
}

function command(description: string, example: readonly string[]): Schema {
  return closed({ command: argv({ description, examples: [example] }) }, ['command']);
}
