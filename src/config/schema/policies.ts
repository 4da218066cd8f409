import { choice, closed, count, duration, flag, listOf, nameOf, ref, type Schema } from './shape.ts';

/** What must hold whatever single resources say. */
export const policyProperties: Schema = { policies: ref('policies') };

export const policyDefinitions: Schema = {
  policies: {
    ...closed({
      copies: count(1, {
        description: 'On how many targets the newest restore point of each resource must be.',
        examples: [3],
      }),
      countSource: flag({
        description:
          'Whether the live data counts too: as a copy, on a medium of its own, at the place where it is.',
        examples: [true],
      }),
      media: count(1, {
        description:
          'On how many kinds of medium it must be: `media` of the targets, or their type where they say nothing.',
        examples: [2],
      }),
      offsite: count(1, { description: 'On how many `offsite` targets it must be.', examples: [1] }),
      sites: count(1, {
        description:
          'At how many places it must be: `site` of the targets. Those that name none are one place if they are `offsite`, else where the data is.',
        examples: [2],
      }),
      encrypted: choice(['required'], {
        description: 'Snapshots must be encrypted. Here they always are; this says so to whoever reviews.',
        examples: ['required'],
      }),
      recipients: count(1, {
        description: 'How many keys each encryption profile in use must be encrypted to.',
        examples: [2],
      }),
      verifyEvery: duration({
        description: 'How old the last successful verification of a resource may be.',
        examples: ['30d'],
      }),
      maxRpo: duration({
        description:
          'How old the newest restore point of any resource may be, and the longest gap that its schedule may leave.',
        examples: ['24h'],
      }),
      separate: listOf(
        listOf(
          nameOf({ description: 'Name of a resource.', examples: ['vault'] }),
          { description: 'Resources to keep apart.', examples: [['database', 'vault']] },
          2,
        ),
        {
          description:
            'Resources that must not share a target and a recipient, such as data and the key to it.',
          examples: [[['database', 'vault']]],
        },
      ),
    }),
    minProperties: 1,
    description:
      'What must hold for every resource. It is judged on the snapshots that exist, and already here where the plan makes it impossible.',
    examples: [{ copies: 3, countSource: true, media: 2, offsite: 1, recipients: 2, maxRpo: '24h' }],
  },
};
