import type { CodeWords } from './code-words.ts';

/** Reading files, YAML, includes and interpolation. */
export const FILE_CODES = {
  BP1001: {
    title: 'the plan file cannot be read',
    explanation:
      'The file does not exist, is no regular file or may not be read. Without -p, ./backup-plan.yaml and then ./plans/*.yaml are taken.',
    example: 'backup-plan validate -p plans/production.yaml',
  },
  BP1002: {
    title: 'the plan file is too large',
    explanation: 'One file may have 1 MiB. Split the plan and join the parts with include.',
    example: 'include: [resources/databases.yaml, resources/files.yaml]',
  },
  BP1003: {
    title: 'the file is not UTF-8',
    explanation: 'Plans are UTF-8 text. Convert the file, for example from Latin-1.',
    example: 'iconv -f latin1 -t utf-8 old.yaml > backup-plan.yaml',
  },
  BP1004: {
    title: 'the plan file is empty',
    explanation:
      'The file has nothing but white space and comments. `backup-plan init` writes a plan to start with.',
    example: 'version: 1\nname: production',
  },
  BP1005: {
    title: 'the file is not valid YAML',
    explanation:
      'The text cannot be parsed as YAML 1.2. Look for a missing quote, colon, bracket, or lines indented differently.',
  },
  BP1006: {
    title: 'a tab is used as indentation',
    explanation: 'YAML allows only spaces for indentation. Let the editor turn tabs into spaces.',
  },
  BP1007: {
    title: 'a key stands twice in one map',
    explanation: 'Of two equal keys most parsers would silently take the last. Remove or rename one.',
  },
  BP1008: {
    title: 'a YAML tag is not supported',
    explanation:
      'A plan has text, numbers, true, false, lists and maps. Tags such as !!binary or !include have no meaning in it and are never executed.',
  },
  BP1009: {
    title: 'the file holds more than one document',
    explanation:
      'After `---` a second YAML document starts. Put each plan into a file of its own; several files may be given on the command line.',
  },
  BP1010: {
    title: 'an alias has no anchor',
    explanation:
      'An alias `*name` repeats what an anchor `&name` marked earlier in the same file. Anchors do not reach into included files.',
    example:
      'x-limits: &limits { timeout: 2h }\nresources:\n  calls: { type: sqlite, path: calls.db, limits: *limits }',
  },
  BP1011: {
    title: 'an anchor contains itself',
    explanation: 'The alias stands inside the value that its anchor marks, so the plan would be endless.',
  },
  BP1012: {
    title: 'aliases blow the plan up',
    explanation:
      'Written out, the aliases of the file make more than 500,000 values. Use `defaults` for what resources share.',
  },
  BP1013: {
    title: 'the file is nested too deeply',
    explanation: 'No plan needs more than 64 levels of lists and maps.',
  },
  BP1014: {
    title: 'a key is reserved',
    explanation:
      'The names __proto__, constructor and prototype have a meaning of their own in many programs that may read the plan.',
  },
  BP1015: {
    title: 'a key is not plain text',
    explanation: 'Keys of a plan are text; lists, maps and empty keys are refused.',
  },
  BP1016: {
    title: '"<<" does not name a map',
    explanation: 'The merge key takes an alias of a map or a list of such aliases.',
    example:
      'x-common: &common { limits: { timeout: 2h } }\nresources:\n  calls: { <<: *common, type: sqlite, path: calls.db }',
  },
  BP1017: {
    title: 'a value cannot be used in a plan',
    explanation: 'Infinite numbers, numbers that are not exact, and NUL characters have no place in a plan.',
  },
  BP1018: {
    title: 'the plan is not a map',
    explanation: 'The top level of a plan file is a map of keys and values.',
    example: 'version: 1\nname: production',
  },
  BP1020: {
    title: 'an include is an absolute path',
    explanation: 'Includes are relative to the folder of the plan, so that a checkout works anywhere.',
    example: 'include: [shared/targets.yaml]',
  },
  BP1021: {
    title: 'an include leaves the folder of the plan',
    explanation:
      'Neither `..` nor a symbolic link may lead out of the folder of the plan file. Move the plan up, or the included file in.',
  },
  BP1022: {
    title: 'an included file cannot be read',
    explanation: 'Paths of includes start at the folder of the root plan file, in included files too.',
  },
  BP1023: {
    title: 'includes form a cycle',
    explanation: 'A file includes itself, directly or through others. The message names the way round.',
  },
  BP1024: {
    title: 'something is defined in two files',
    explanation:
      'Maps of included files are joined, but nothing is overridden: the same entry in two files is an error, and so is a file that is included twice.',
  },
  BP1025: {
    title: 'too many files are included',
    explanation: 'A plan may have 256 files.',
  },
  BP1030: {
    title: 'an environment variable is not set',
    explanation:
      'A variable without a default must be set when a plan is applied. `validate` and `diff` only note it, so that they work without an environment.',
    example: 'path: ${DATA:-/srv/data}',
  },
  BP1031: {
    title: 'an interpolation is not understood',
    explanation:
      'The forms are ${NAME}, ${NAME:-default} and ${NAME:?message}; $$ is a dollar sign. Nothing is nested.',
  },
  BP1032: {
    title: 'an interpolation is not allowed here',
    explanation:
      'Schedules, retention, recipients, signing and targets decide what is protected and who can read it. They stand in the plan itself, so that a review sees them.',
  },
} satisfies Record<string, CodeWords>;
