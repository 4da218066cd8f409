import type { FailureKind } from './failure-kind.ts';

/** What can keep a snapshot from being deleted, and a live resource from being replaced. */
export const LIFE_FAILURES = {
  DELETE_GUARD: {
    bp: 'BP3010',
    exit: 8,
    retryable: false,
    summary: 'retention would delete more at once than maxDelete allows',
    remedy:
      'Look at `backup-plan prune --dry-run`. If it is what you want, allow the number that it prints with --max-delete.',
  },
  LAST_GOOD: {
    bp: 'BP3011',
    exit: 8,
    retryable: false,
    summary: 'the last good snapshots would be deleted',
    remedy: 'Take and verify a new backup first. There is no way around this.',
  },
  CLOCK_SUSPECT: {
    bp: 'BP5020',
    exit: 8,
    retryable: false,
    summary: 'a clock is wrong, so ages cannot be trusted',
    remedy:
      'Set the clock of this machine, or of the one that dated the snapshot. Nothing is deleted meanwhile.',
  },
  BACKUP_OVERDUE: {
    bp: 'BP5021',
    exit: 8,
    retryable: false,
    summary: 'the newest good snapshot is older than its schedule allows',
    remedy: 'Mend the backup first: old snapshots stay as long as no new ones come.',
  },
  PARENT_CONDEMNED: {
    bp: 'BP6070',
    exit: 3,
    retryable: false,
    summary: 'the snapshot was built on one that a prune has condemned meanwhile',
    remedy: 'Run it again: it then takes a full snapshot, or builds on another one.',
  },
  SNAPSHOT_CONDEMNED: {
    bp: 'BP6071',
    exit: 8,
    retryable: false,
    summary: 'the snapshot waits for its deletion',
    remedy: 'Run `backup-plan undelete RESOURCE@SNAPSHOT` first.',
  },
  SNAPSHOT_PURGED: {
    bp: 'BP6072',
    exit: 9,
    retryable: false,
    summary: 'the snapshot was deleted by a prune',
    remedy: 'Run `backup-plan list` to see what exists.',
  },
  RESOURCE_IN_USE: {
    bp: 'BP6045',
    exit: 8,
    retryable: false,
    summary: 'the live resource is in use',
    remedy: 'Stop what uses it, or pass --force.',
  },
  VERSION_MISMATCH: {
    bp: 'BP6046',
    exit: 8,
    retryable: false,
    summary: 'the snapshot comes from another major version',
    remedy: 'Restore with the same version, add a `migrate` entry, or pass --allow-version-mismatch.',
  },
  RESTORE_CHECK_FAILED: {
    bp: 'BP6047',
    exit: 5,
    retryable: false,
    summary: 'the data was restored, and a check of it failed',
    remedy: 'Read the output of the check; the undo line brings back what was there before.',
  },
  UNDO_REFUSED: {
    bp: 'BP6048',
    exit: 8,
    retryable: false,
    summary: 'this restore cannot be undone',
    remedy: 'Follow the hint of the message.',
  },
  RESTORE_UNFINISHED: {
    bp: 'BP6049',
    exit: 8,
    retryable: false,
    summary: 'an earlier restore of this resource was interrupted half-way',
    remedy: 'Run the same restore again to finish it, or the undo line to go back.',
  },
} as const satisfies Record<string, FailureKind>;
