import type { CodeWords } from './code-words.ts';

/** What is valid and probably not meant. */
export const LINT_CODES = {
  BP2001: {
    title: 'the schedule cannot meet the recovery point objective',
    explanation:
      'The longest time between two ticks, clock changes included, is longer than `objectives.rpo`. On the day a clock is set back, a daily schedule leaves a gap of 25 hours.',
    example: 'schedule: "0 */6 * * *"\nobjectives: { rpo: 12h }',
  },
  BP2002: {
    title: 'there is only one recipient',
    explanation:
      'When the one key is lost, so is every backup. Keep a second one offline, away from the machine and the people of the first.',
    example: 'recipients: [keys/ops.asc, keys/escrow.asc]',
  },
  BP2003: {
    title: 'maxAge is shorter than the schedule allows',
    explanation:
      '`status` would report a resource that is backed up exactly as planned. Allow the longest gap and the time that a run takes.',
    example: 'schedule: "0 2 * * *"\nmonitor: { maxAge: 26h }',
  },
  BP2005: {
    title: 'a resource has no schedule',
    explanation: '`apply` never takes a snapshot of it; only `backup` does, when someone asks.',
    example: 'schedule: nightly',
  },
  BP2006: {
    title: 'something is declared and not used',
    explanation: 'Perhaps a name is mistyped elsewhere, or this can go.',
  },
  BP2007: {
    title: 'a signing key is no longer trusted',
    explanation: 'The day of `until` has passed, so records that it signs now are refused.',
  },
  BP2008: {
    title: 'a secret file is open to others',
    explanation: 'Only its owner may have access to a file with a secret. A run refuses it otherwise.',
    example: 'chmod 600 /etc/backup-plan/signing.key',
  },
  BP2009: {
    title: 'a private key lies in the folder of the plan',
    explanation: 'It would be committed sooner or later. Keep it outside the repository.',
  },
  BP2010: {
    title: 'a command looks like a line for a shell',
    explanation:
      'Commands are lists of a program and its arguments, and no shell reads them: no quoting, no variables, no pipes. For those, name a shell.',
    example: 'before: [[systemctl, stop, app], [sh, -c, "sync && sleep 1"]]',
  },
  BP2011: {
    title: 'the delete guard is at an end of its scale',
    explanation:
      '`maxDelete` is the share of the good snapshots of a resource that one prune may release. 100% allows all of them at once. 0% still allows one chain, so that retention never stands still.',
    example: 'retention:\n  standard: { keep: { daily: 7 }, maxDelete: 30% }',
  },
  BP2012: {
    title: 'nothing is ever deleted',
    explanation:
      'Deleting takes a signature of a key with the role `prune`, and the plan pins none, so every target fills up one day. The key may lie on another machine than the one that takes backups; say `prune: separate` for the target then.',
    example:
      'signing:\n  keys:\n    ci: { key: keys/ci.asc, may: [write, apply, prune] }\n  use: { env: BACKUP_PLAN_SIGNING_KEY }',
  },
  BP2013: {
    title: 'owner or fileMode has no effect',
    explanation: 'The type puts data back through a program, not as files that could belong to somebody.',
  },
  BP2014: {
    title: 'a schedule leaves longer gaps than `policies.maxRpo` allows',
    explanation:
      'The longest time between two restore points, clock changes included, is longer than the policy wants for every resource. Where the policy asks for offsite copies too, the same holds for what a target offsite gets by a schedule of its own.',
    example: 'schedule: "0 */6 * * *"',
  },
  BP2015: {
    title: 'a target has more ticks than there are snapshots',
    explanation:
      'With a `schedule` on a target, the first snapshot after each tick goes there. No snapshot goes there twice, so it never gets more than are made.',
    example: 'schedule: nightly\ntargets:\n  local: {}\n  offsite: { schedule: weekly }',
  },
  BP2191: {
    title: 'a pattern can match nothing',
    explanation: 'Patterns start at each path of the resource, not at the root of the file system.',
  },
  BP2192: {
    title: 'the whole file system is read',
    explanation: 'Without `oneFileSystem` the contents of /proc, /sys and every mount are taken too.',
  },
} satisfies Record<string, CodeWords>;
