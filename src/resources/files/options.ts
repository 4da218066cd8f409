import type { Finding } from '../../domain/diagnostic.ts';
import type { JsonObject } from '../../domain/json.ts';

const PATTERN_NOTE =
  'Patterns follow gitignore and start at each of the paths, not at the root of the file system. A byte that is no UTF-8 counts as one character.';

export const optionsSchema: JsonObject = {
  type: 'object',
  required: ['paths'],
  additionalProperties: false,
  properties: {
    paths: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { type: 'string', minLength: 1 },
      description:
        'Files and directories to protect. A relative path starts at the folder of the plan. A path that is itself a symbolic link is resolved once; links below it are stored as links.',
      examples: [['/srv/uploads', '/etc/app'], ['data']],
    },
    optional: {
      type: 'array',
      uniqueItems: true,
      items: { type: 'string', minLength: 1 },
      default: [],
      description:
        'Those of the paths that may be absent. Absence is recorded, and reported when the path was there last time. Any other missing path is an error.',
      examples: [['/etc/app/secrets']],
    },
    include: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      default: [],
      description: `Keep only what matches one of these patterns; a matched directory is kept whole, and the directories on the way are kept too. Empty keeps everything. ${PATTERN_NOTE}`,
      examples: [['*.yaml', '/keys/']],
    },
    exclude: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      default: [],
      description: `Leave out what matches. ${PATTERN_NOTE}`,
      examples: [['**/*.tmp', '/cache/', '!/cache/keep']],
    },
    excludeIfPresent: {
      type: 'array',
      items: { type: 'string', pattern: '^[^/]+$', not: { enum: ['.', '..'] } },
      default: [],
      description: 'A directory that holds a file of one of these names is kept empty but for that file.',
      examples: [['.nobackup']],
    },
    excludeCaches: {
      type: 'boolean',
      default: false,
      description: 'Treat directories with a valid CACHEDIR.TAG as excludeIfPresent treats its own.',
      examples: [true],
    },
    oneFileSystem: {
      type: 'boolean',
      default: false,
      description:
        'Stay on the file system of each path: mount points below it, bind mounts included, are neither listed nor touched.',
      examples: [true],
    },
    stable: {
      type: 'array',
      uniqueItems: true,
      items: { type: 'string', minLength: 1 },
      default: [],
      description:
        'Files that a running program may write to, such as an embedded database: each is copied to the scratch folder until its size and times are the same before and after, and the copy is stored in its place. Names are absolute, or relative to any of the paths. What never comes to rest is an error.',
      examples: [['state.redb']],
    },
    onFileChange: {
      enum: ['warn', 'retry', 'fail'],
      default: 'retry',
      description:
        'What to do when a file changes or vanishes while it is read. warn: list it and go on. retry: capture again, as often as limits.retries allows; what changes even then is listed. fail: never commit such a snapshot.',
      examples: ['retry', 'warn'],
    },
    onUnreadable: {
      enum: ['fail', 'warn'],
      default: 'fail',
      description: 'What to do when something may not be read. warn: list it and go on without it.',
      examples: ['fail', 'warn'],
    },
  },
};

export interface FilesOptions {
  readonly paths: readonly string[];
  readonly optional: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly excludeIfPresent: readonly string[];
  readonly excludeCaches: boolean;
  readonly oneFileSystem: boolean;
  readonly stable: readonly string[];
  readonly onFileChange: 'warn' | 'retry' | 'fail';
  readonly onUnreadable: 'fail' | 'warn';
}

/** `options` are valid against the schema. */
export function readOptions(options: JsonObject): FilesOptions {
  const given = options as Partial<FilesOptions>;
  return {
    paths: given.paths ?? [],
    optional: given.optional ?? [],
    include: given.include ?? [],
    exclude: given.exclude ?? [],
    excludeIfPresent: given.excludeIfPresent ?? [],
    excludeCaches: given.excludeCaches ?? false,
    oneFileSystem: given.oneFileSystem ?? false,
    stable: given.stable ?? [],
    onFileChange: given.onFileChange ?? 'retry',
    onUnreadable: given.onUnreadable ?? 'fail',
  };
}

export function checkOptions(options: JsonObject): readonly Finding[] {
  const read = readOptions(options);
  return [...checkOptional(read), ...checkPatterns(read), ...checkRoot(read)];
}

function checkOptional({ paths, optional }: FilesOptions): Finding[] {
  return optional.flatMap((path, index): Finding[] =>
    paths.includes(path)
      ? []
      : [
          {
            code: 'BP1191',
            severity: 'error',
            message: `optional names "${path}", which is not one of the paths`,
            path: ['optional', index],
            help: 'Write the path in the same way in both lists.',
          },
        ],
  );
}

/** A pattern that repeats one of the paths can match nothing: it starts below that path. */
function checkPatterns(options: FilesOptions): Finding[] {
  return (['include', 'exclude'] as const).flatMap((list) =>
    options[list].flatMap((pattern, index): Finding[] => {
      const root = options.paths.find((path) => path !== '/' && startsAt(pattern, path));
      if (root === undefined) return [];
      const help = `Patterns start at each path: write ${pattern.replace(root, '') || '/'} instead.`;
      const message = `the pattern "${pattern}" repeats the path "${root}" and can match nothing`;
      return [{ code: 'BP2191', severity: 'warning', message, path: [list, index], help }];
    }),
  );
}

function startsAt(pattern: string, path: string): boolean {
  const bare = pattern.startsWith('!') ? pattern.slice(1) : pattern;
  return path.startsWith('/') && (bare === path || bare.startsWith(`${path.replace(/\/$/, '')}/`));
}

function checkRoot({ paths, oneFileSystem }: FilesOptions): Finding[] {
  const index = paths.indexOf('/');
  if (index === -1 || oneFileSystem) return [];
  return [
    {
      code: 'BP2192',
      severity: 'warning',
      message: 'the whole file system is named without oneFileSystem, so /proc and /sys are read too',
      path: ['paths', index],
      help: 'Set oneFileSystem: true and list other mounts as paths of their own.',
    },
  ];
}
