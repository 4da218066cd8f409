import { bandwidth, choice, closed, count, flag, listOf, text, timeLimit, type Schema } from './shape.ts';

/** Keys that every target has, whatever its type: the role that the plan gives it. */
export const targetProperties: Schema = {
  description: text({ description: 'What it is, for people.', examples: ['NAS in the basement'] }),
  offsite: flag({
    description: 'True where a disaster at the source leaves this place alone.',
    examples: [true],
  }),
  site: text({ description: 'Name of the place it stands at.', examples: ['fra1'] }),
  media: text({ description: 'Kind of medium.', examples: ['disk', 'object'] }),
  prune: choice(['apply', 'separate'], {
    description:
      'Who deletes here what retention releases: every `apply` once its backups are done, or only the command `prune`, run where the key with the role `prune` is.',
    examples: ['separate'],
  }),
  exclusive: flag({
    description:
      'True where no two runs ever write or delete here at the same time. Some stores list new objects late or let a second writer replace an object; they hold the log, and are pruned, only with this promise of yours.',
    examples: [true],
  }),
  limits: {
    ...closed({
      bandwidth: bandwidth({
        description: 'What all transfers to and from it may take together, in a second.',
        examples: ['50MiB/s'],
      }),
      concurrency: {
        ...count(1, {
          description: 'Snapshots that may be on their way to it at the same time; 4 where absent.',
          examples: [2],
        }),
        maximum: 64,
      },
      idleTimeout: timeLimit({
        description:
          'A transfer over a network of which nothing moves for so long is ended and begun again; 2m where absent.',
        examples: ['2m'],
      }),
    }),
    description: 'Limits of what goes to it and comes from it.',
    examples: [{ bandwidth: '50MiB/s', concurrency: 2, idleTimeout: '5m' }],
  },
};

/** Keys that every notification has. */
export const notificationProperties: Schema = {
  description: text({ description: 'What it is, for people.', examples: ['The on-call channel'] }),
  on: listOf(
    { enum: ['failure', 'success', 'recovery'] },
    {
      description: 'Outcomes to tell about; all where absent. Recovery is the first success after a failure.',
      examples: [['failure', 'recovery']],
    },
  ),
};
