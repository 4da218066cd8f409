import {
  choice,
  closed,
  count,
  duration,
  listOf,
  mapOf,
  nameOf,
  percentage,
  eitherOf,
  ref,
  text,
  type Schema,
} from './shape.ts';
import { MODES } from '../../domain/mode.ts';

/** When snapshots are taken and how long they stay. */
export const timeProperties: Schema = {
  schedules: mapOf(ref('schedule'), {
    description: 'Named schedules.',
    examples: [{ nightly: { cron: '0 2 * * *', jitter: '5m' } }],
  }),
  retention: mapOf(ref('retentionPolicy'), {
    description: 'Named retention policies.',
    examples: [{ standard: { keep: { daily: 7, weekly: 4, monthly: 12 } } }],
  }),
};

export const timeDefinitions: Schema = {
  schedule: {
    ...closed(scheduleProperties()),
    ...eitherOf('cron', 'onChange'),
    description:
      'A schedule in the time zone of the plan: exactly one of `cron`, to take a snapshot at each tick, and `onChange`, to take one where something changed.',
    examples: [{ cron: '0 2 * * *', jitter: '5m', onMissed: 'run' }, { onChange: '*/15 * * * *' }],
  },
  modeSchedule: {
    ...closed({ ...scheduleProperties(), ...perMode() }),
    ...eitherOf('cron', 'onChange'),
    description:
      'A schedule of one mode, with its own retention and targets: exactly one of `cron` and `onChange`.',
    examples: [{ cron: '0 1 * * 0', retention: 'long', targets: ['local'] }, { onChange: '0 * * * *' }],
  },
  resourceSchedule: resourceSchedule(),
  retentionPolicy: retentionPolicy(),
  retentionChoice: {
    if: { type: 'string' },
    then: { type: 'string', minLength: 1 },
    else: ref('retentionPolicy'),
    description: 'Name of a retention policy, or a policy written here.',
    examples: ['standard', { keep: { daily: 7 } }],
  },
};

function scheduleProperties(): Schema {
  return {
    cron: text({
      description:
        'Five cron fields: minute, hour, day of month, month, day of week. A tick that a clock change skips runs right after it; one that comes twice runs once.',
      examples: ['0 2 * * *', '*/15 * * * *'],
    }),
    onChange: text({
      description:
        'Five cron fields, in the place of `cron`. At each tick the source is compared with the newest snapshot. Where it is still the same there is no new one, but a signed note that says so, and that counts for freshness.',
      examples: ['*/15 * * * *'],
    }),
    jitter: duration({
      description: 'Start up to this much later, at random, so that many machines do not start together.',
      examples: ['5m'],
    }),
    onMissed: choice(['run', 'skip'], {
      description:
        'What to do when the machine was off at a tick: run at the next chance, or wait for the next tick.',
      examples: ['run'],
    }),
  };
}

function perMode(): Schema {
  return {
    retention: ref('retentionChoice'),
    targets: ref('targetNames'),
  };
}

/** Branches by kind of value: `if` gives one error per mistake where `oneOf` gives one per branch. */
function resourceSchedule(): Schema {
  const byMode = Object.fromEntries(MODES.map((mode) => [mode, modeEntry(mode)]));
  return {
    if: { type: 'string' },
    then: { type: 'string', minLength: 1 },
    else: { ...closed(byMode), minProperties: 1 },
    description:
      'When to take snapshots: the name of a schedule, a cron expression, or a map from mode to them.',
    examples: ['nightly', '0 2 * * *', { full: 'weekly', incremental: 'nightly' }],
  };
}

function modeEntry(mode: string): Schema {
  return {
    if: { type: 'string' },
    then: { type: 'string', minLength: 1 },
    else: ref('modeSchedule'),
    description: `When to take ${mode} snapshots: the name of a schedule, a cron expression, or a schedule written here.`,
    examples: ['nightly', '0 1 * * 0', { cron: '0 1 * * 0', retention: 'long' }],
  };
}

function retentionPolicy(): Schema {
  const properties = {
    keep: ref('keep'),
    minimum: count(0, {
      description: 'Never fewer good snapshots than this, whatever the rules say.',
      examples: [2],
    }),
    countOnly: choice(['good'], {
      description:
        'Which snapshots count for the rules: only good ones, that is whole, with their chain, and not known to be damaged.',
      examples: ['good'],
    }),
    grace: duration({
      description:
        'How long a released snapshot waits, marked and able to be undeleted, before it is deleted. After a change of the policy it is 72h at least.',
      examples: ['72h'],
    }),
    maxDelete: percentage({
      description:
        'Delete guard: a prune that would release a larger share of the good snapshots of a resource is refused until somebody allows it.',
      examples: ['30%'],
    }),
  };
  return {
    ...closed(properties, ['keep']),
    description: 'Which snapshots to keep.',
    examples: [{ keep: { last: 3, daily: 7, weekly: 4, monthly: 12 }, minimum: 2 }],
  };
}

const PERIODS = {
  last: 'the newest ones',
  hourly: 'the newest of each hour',
  daily: 'the newest of each day',
  weekly: 'the newest of each ISO week',
  monthly: 'the newest of each month',
  yearly: 'the newest of each year',
};

export const keepDefinition: Schema = {
  keep: {
    ...closed({
      ...Object.fromEntries(
        Object.entries(PERIODS).map(([key, words]) => [
          key,
          count(0, {
            description: `How many snapshots to keep: ${words}, in the time zone of the plan.`,
            examples: [7],
          }),
        ]),
      ),
      within: duration({ description: 'Keep everything that is younger than this.', examples: ['2d'] }),
      labels: {
        type: 'object',
        description:
          'Keep snapshots whose label fits a pattern (`*` fits any text) for as long as the duration says.',
        examples: [{ 'deploy-*': '90d' }],
        additionalProperties: duration({ description: 'How long to keep them.', examples: ['90d'] }),
        minProperties: 1,
      },
    }),
    minProperties: 1,
    description: 'Rules; a snapshot stays while at least one of them keeps it.',
    examples: [{ last: 3, daily: 7, weekly: 4, monthly: 12, within: '2d' }],
  },
  targetChoice: {
    if: { type: 'object' },
    then: {
      ...mapOf(ref('targetEdge'), {
        description: 'What the copies on each target get.',
        examples: [{ local: {}, offsite: { schedule: 'weekly', retention: 'long' } }],
      }),
      minProperties: 1,
    },
    else: ref('targetNames'),
    description:
      'Targets that get a copy: a list of names, or a map from names to what holds only for the copies there.',
    examples: [['local', 'offsite'], { local: {}, offsite: { schedule: 'weekly', retention: 'long' } }],
  },
  targetEdge: {
    ...closed({
      schedule: text({
        description:
          'Of the snapshots, only the first after each tick of this schedule goes there, with what it builds on: the name of a schedule, or a cron expression. Only its ticks count. One target at least gets every snapshot.',
        examples: ['weekly', '0 3 1 * *'],
      }),
      retention: ref('retentionChoice'),
      storageClass: {
        type: 'string',
        pattern: '^[A-Z0-9_]+$',
        description:
          'Storage class of the artifacts there, in place of the one of the target. Records and indexes stay in the standard class.',
        examples: ['DEEP_ARCHIVE'],
      },
    }),
    description: 'What holds for the copies on one target; `{}` changes nothing.',
    examples: [{ schedule: 'weekly', retention: 'long', storageClass: 'GLACIER_IR' }, {}],
  },
  targetNames: listOf(nameOf({ description: 'Name of a target.', examples: ['local'] }), {
    description: 'Names of the targets that get a copy.',
    examples: [['local', 'offsite']],
  }),
};
