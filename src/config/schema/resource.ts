import {
  bandwidth,
  closed,
  commandList,
  count,
  duration,
  flag,
  listOf,
  nameOf,
  percentage,
  ref,
  size,
  text,
  type Schema,
} from './shape.ts';

/** Keys that every resource has, whatever its type; `type` itself is added with the type's own keys. */
export const resourceProperties: Schema = {
  description: text({ description: 'What it is, for people.', examples: ['Call records'] }),
  host: ref('hosts'),
  enabled: flag({
    description: 'False leaves the resource out of every run; its snapshots stay.',
    examples: [true],
  }),
  labels: ref('labels'),
  schedule: ref('resourceSchedule'),
  retention: ref('retentionChoice'),
  targets: ref('targetChoice'),
  encryption: nameOf({ description: 'Name of an encryption profile.', examples: ['ops'] }),
  compression: ref('compression'),
  dependsOn: listOf(nameOf({ description: 'Name of a resource.', examples: ['uploads'] }), {
    description: 'Resources that are captured before this one. This one is skipped when one of them fails.',
    examples: [['uploads']],
  }),
  hooks: ref('hooks'),
  appVersion: ref('appVersion'),
  restore: ref('restore'),
  limits: ref('limits'),
  source: ref('sourceGuards'),
  objectives: ref('objectives'),
  monitor: ref('monitor'),
};

export const resourceDefinitions: Schema = {
  hosts: {
    if: { type: 'string' },
    then: { type: 'string', minLength: 1 },
    else: { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1, uniqueItems: true },
    description:
      'Host name or names this resource belongs to. Other machines leave it alone; absent means any machine.',
    examples: ['db-1', ['db-1', 'db-2']],
  },
  labels: {
    type: 'object',
    propertyNames: { pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]*$', maxLength: 64 },
    additionalProperties: { type: 'string' },
    description: 'Free labels, for people and filters.',
    examples: [{ team: 'platform' }],
  },
  compression: {
    ...closed(
      {
        type: {
          enum: ['zstd', 'none'],
          description: 'How artifacts are compressed before they are encrypted.',
          examples: ['zstd'],
        },
        level: {
          type: 'integer',
          minimum: 1,
          maximum: 19,
          description: 'zstd level, 1 (fast) to 19 (small).',
          examples: [3],
        },
      },
      ['type'],
    ),
    description: 'Compression of the bundle.',
    examples: [{ type: 'zstd', level: 3 }, { type: 'none' }],
  },
  hooks: hooks(),
  limits: limits(),
  sourceGuards: sourceGuards(),
  objectives: {
    ...closed({
      rpo: duration({
        description: 'Recovery point objective: how much time may be lost at most.',
        examples: ['24h'],
      }),
      rto: duration({
        description: 'Recovery time objective: how long a restore may take.',
        examples: ['1h'],
      }),
    }),
    description: 'What a restore must achieve. A schedule that cannot meet the rpo is reported.',
    examples: [{ rpo: '24h', rto: '1h' }],
  },
  monitor: {
    ...closed({
      maxAge: duration({ description: 'Report when the newest good snapshot is older.', examples: ['26h'] }),
      minSize: size({ description: 'Report when the newest good snapshot is smaller.', examples: ['1MiB'] }),
    }),
    description: 'What `status` reports as anomalous. It never stops a run.',
    examples: [{ maxAge: '26h', minSize: '1MiB' }],
  },
};

function hooks(): Schema {
  return {
    ...closed({
      before: commandList('Run before the capture. When one fails, nothing is captured.', [
        ['systemctl', 'stop', 'app'],
      ]),
      after: commandList('Run after the capture whatever happened.', [['systemctl', 'start', 'app']]),
      onFailure: commandList('Run when a step of this failed.', [['logger', 'backup failed']]),
    }),
    description: 'Commands around the capture.',
    examples: [{ before: [['systemctl', 'stop', 'app']], after: [['systemctl', 'start', 'app']] }],
  };
}

function limits(): Schema {
  return {
    ...closed({
      timeout: duration({ description: 'Stop a capture that takes longer.', examples: ['2h'] }),
      idleTimeout: duration({
        description: 'Stop a capture that has been silent for longer.',
        examples: ['10m'],
      }),
      maxSize: size({ description: 'Stop a capture whose source is larger.', examples: ['500GiB'] }),
      bandwidth: bandwidth({
        description: 'What its uploads may take together, in a second.',
        examples: ['10MiB/s'],
      }),
      nice: {
        type: 'integer',
        minimum: 0,
        maximum: 19,
        description:
          'Niceness of the tools that read, compress and encrypt, 0 to 19; 19 yields to everything.',
        examples: [10],
      },
      retries: {
        ...count(0, {
          description: 'How often a step that failed is tried again where that can help.',
          examples: [2],
        }),
        maximum: 10,
      },
      staging: {
        enum: ['auto', 'none'],
        description:
          'With `none`, a capture goes straight to its target, without a file of ciphertext in between: for sources that are larger than the free space of this machine. It needs exactly one target, and one that can take what it does not know the length of.',
        examples: ['none'],
      },
    }),
    description: 'Limits of a run of this resource.',
    examples: [{ timeout: '2h', idleTimeout: '10m', maxSize: '500GiB', nice: 10 }],
  };
}

function sourceGuards(): Schema {
  return {
    ...closed({
      minSize: size({ description: 'Fail when the source is smaller.', examples: ['1MiB'] }),
      minFiles: count(1, { description: 'Fail when there are fewer files.', examples: [10] }),
      maxDrop: percentage({
        description: 'Fail when the source shrank by more than this since the last good snapshot.',
        examples: ['50%'],
      }),
      allowEmpty: flag({ description: 'Accept a source without any content.', examples: [false] }),
    }),
    description:
      'Guards against an empty or unmounted source: a run that trips one fails and commits nothing.',
    examples: [{ minSize: '1MiB', maxDrop: '50%', allowEmpty: false }],
  };
}
