import type { CodeWords } from './code-words.ts';

/** Keys and values, one by one. */
export const SCHEMA_CODES = {
  BP1101: {
    title: 'a value has the wrong type',
    explanation:
      'The value is text where a number, list or map is needed, or the other way round. YAML reads 0777 and 1.10 as numbers: write text in quotes.',
    example: 'description: "1.10"',
  },
  BP1102: {
    title: 'a key is missing',
    explanation: 'The key has no default. The help line says what it is for.',
  },
  BP1103: {
    title: 'a key is unknown',
    explanation:
      'Unknown keys are errors, because a mistyped one would silently protect nothing. Keys that start with "x-" are free for notes and anchors.',
    example: 'targets:\n  local: { type: filesystem, path: /backups, x-owner: platform }',
  },
  BP1104: {
    title: 'a value is not one of the allowed ones',
    explanation: 'The message lists the allowed values; they are case-sensitive.',
  },
  BP1105: {
    title: 'a value has the wrong form',
    explanation: 'The value must match the pattern that the help line shows.',
  },
  BP1106: { title: 'a number is out of range', explanation: 'The message says the limit.' },
  BP1107: {
    title: 'a value is empty, too short or too long',
    explanation: 'Lists and maps that decide something must not be empty, and neither must names and paths.',
  },
  BP1108: { title: 'a list names something twice', explanation: 'Remove one of the two.' },
  BP1109: { title: 'a type is unknown', explanation: 'The help line lists the types of this release.' },
  BP1110: {
    title: 'a name is not allowed',
    explanation:
      'Names of plans, resources and targets become part of object keys. They have lower-case letters, digits and hyphens, at most 64, so that they are the same on every file system.',
    example: 'resources:\n  app-database: { type: sqlite, path: app.db }',
  },
  BP1111: {
    title: 'a value is not a duration',
    explanation: 'A duration is a whole number and a unit: ms, s, m, h, d or w.',
    example: 'limits: { timeout: 2h, idleTimeout: 10m }',
  },
  BP1112: {
    title: 'a value is not a size',
    explanation:
      'A size is a whole number and a unit: B, KiB, MiB, GiB, TiB, or KB, MB, GB, TB in powers of 1000.',
    example: 'source: { minSize: 1MiB }',
  },
  BP1113: {
    title: 'a value is not a percentage',
    explanation: 'A percentage is a whole number from 0 to 100 and a percent sign.',
    example: 'source: { maxDrop: 50% }',
  },
  BP1114: {
    title: 'the version of the plan language is not supported',
    explanation: 'This release reads version 1. A plan of a later version needs a later release.',
    example: 'version: 1',
  },
  BP1115: {
    title: 'a value fits none, or more than one, of the allowed forms',
    explanation:
      'A reference to a secret has exactly one of env, file and command; a schedule has exactly one of cron and onChange.',
    example: 'use: { env: BACKUP_PLAN_SIGNING_KEY }',
  },
  BP1116: {
    title: 'a value is not a date',
    explanation: 'Write year, month and day with hyphens. The day must exist.',
    example: 'until: 2027-01-31',
  },
  BP1190: {
    title: 'the options do not fit together',
    explanation:
      'Each option is right for itself, but the type cannot work with all of them at once. The message says which.',
  },
  BP1191: {
    title: 'an option names something that another option does not have',
    explanation: 'Lists that refer to each other must spell things in the same way.',
    example: 'paths: [/srv/app, /etc/app]\noptional: [/etc/app]',
  },
} satisfies Record<string, CodeWords>;
