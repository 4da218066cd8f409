import { choice, flag, listOf, text, type Schema } from './shape.ts';

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
