import {
  choice,
  closed,
  ID_MAX_LENGTH,
  ID_PATTERN,
  listOf,
  nameOf,
  ref,
  text,
  type Schema,
} from './shape.ts';

/** Keys of the plan that stand for themselves. */
export const rootProperties: Schema = {
  version: { const: 1, description: 'Version of the plan language.', examples: [1] },
  name: {
    type: 'string',
    pattern: ID_PATTERN,
    maxLength: ID_MAX_LENGTH,
    description: 'Name of the plan. It is part of every object key on the targets, so it must not change.',
    examples: ['hopwhistle'],
  },
  description: text({
    description: 'What the plan protects, for people.',
    examples: ['Production of the call platform'],
  }),
  timezone: text({
    description: 'IANA time zone of schedules and retention. UTC where absent.',
    examples: ['Europe/Berlin', 'UTC'],
  }),
  include: listOf(
    { type: 'string', minLength: 1 },
    {
      description:
        'More plan files, relative to the folder of the plan and inside it. Their maps are joined; what is defined twice is an error.',
      examples: [['shared/targets.yaml']],
    },
  ),
  labels: ref('labels'),
  state: nameOf({
    description:
      'Name of the target that holds the log of applied plans. Needed where there are several targets.',
    examples: ['local'],
  }),
  defaults: ref('defaults'),
  onFailure: choice(['no-new', 'continue', 'kill'], {
    description:
      'What happens to the other resources when one fails: start no new ones, go on (the default), or stop all.',
    examples: ['continue'],
  }),
  scratch: ref('scratch'),
};

export const rootDefinitions: Schema = {
  defaults: {
    ...closed({
      schedule: ref('resourceSchedule'),
      retention: ref('retentionChoice'),
      encryption: nameOf({ description: 'Name of an encryption profile.', examples: ['ops'] }),
      targets: ref('targetChoice'),
      compression: ref('compression'),
    }),
    description: 'What a resource gets where it says nothing itself. A default is replaced, never merged.',
    examples: [{ schedule: 'nightly', retention: 'standard', encryption: 'ops', targets: ['local'] }],
  },
  scratch: {
    ...closed(
      {
        path: text({
          description:
            'Folder for copies that a tool cannot stream. Only private folders are made in it, and removed afterwards.',
          examples: ['/var/tmp'],
        }),
      },
      ['path'],
    ),
    description: 'Where plaintext copies may be put for a moment.',
    examples: [{ path: '/var/tmp' }],
  },
  group: {
    ...closed(
      {
        members: listOf(nameOf({ description: 'Name of a resource.', examples: ['calls'] }), {
          description: 'Resources that are captured behind one barrier.',
          examples: [['calls', 'uploads']],
        }),
        hooks: ref('hooks'),
      },
      ['members'],
    ),
    description: 'Resources that belong together: quiesce, capture all, resume.',
    examples: [{ members: ['calls', 'uploads'], hooks: { before: [['systemctl', 'stop', 'app']] } }],
  },
};
