import type { FailureKind } from './failure-kind.ts';

/** What can go wrong on a target, and what a target can turn out to hold. */
export const STORAGE_FAILURES = {
  CORRUPT: {
    bp: 'BP6030',
    exit: 5,
    retryable: false,
    summary: 'stored data does not match its signed record',
    remedy: 'Restore from another copy or another snapshot, and find out what damaged the target.',
  },
  TRUNCATED: {
    bp: 'BP6031',
    exit: 5,
    retryable: true,
    summary: 'stored data ends early',
    remedy: 'Restore from another copy or another snapshot, and find out what damaged the target.',
  },
  RECORD_REJECTED: {
    bp: 'BP6032',
    exit: 5,
    retryable: false,
    summary: 'a record is unsigned, wrongly signed or in the wrong place',
    remedy: 'Treat the target as tampered with until you know why.',
  },
  CATALOG_GAP: {
    bp: 'BP6033',
    exit: 5,
    retryable: false,
    summary: 'the catalog misses records that other records name',
    remedy: 'Find out who removed them. Nothing is pruned while there is a gap.',
  },
  TARGET_ROLLED_BACK: {
    bp: 'BP6035',
    exit: 5,
    retryable: false,
    summary: 'a target lacks what this machine has seen there before, and no prune says why',
    remedy:
      'Treat the target as rolled back or tampered with until you know why; nothing is pruned there. If you put an older copy in its place yourself, remove ~/.cache/backup-plan on this machine: it then remembers what it sees from now on.',
  },
  TARGET_STALE: {
    bp: 'BP6036',
    exit: 6,
    retryable: false,
    summary: 'the newest record on a target announced a newer one that has not come',
    remedy:
      'Find out whether backups still reach this target, and whether somebody shows you an old state of it.',
  },
  DATED_AHEAD: {
    bp: 'BP6037',
    exit: 6,
    retryable: false,
    summary: 'a snapshot is dated in the future',
    remedy:
      'Find out whose clock was wrong, or who signed it. It takes the place of no other snapshot, and nothing of its resource is pruned meanwhile.',
  },
  CHECK_FAILED: {
    bp: 'BP6034',
    exit: 5,
    retryable: false,
    summary: 'a check after the restore failed',
    remedy: 'Read the output of the check.',
  },
  TARGET_UNREACHABLE: {
    bp: 'BP5001',
    exit: 9,
    retryable: true,
    summary: 'a target cannot be reached',
    remedy: 'Check the path or network and the permissions, then run again.',
  },
  TARGET_FULL: {
    bp: 'BP5002',
    exit: 3,
    retryable: false,
    summary: 'a target or the scratch space is full',
    remedy: 'Free space. Old snapshots are untouched.',
  },
  TARGET_DENIED: {
    bp: 'BP5003',
    exit: 9,
    retryable: false,
    summary: 'a target refused an operation',
    remedy: 'Check owner, mode and mount options of the path in the message.',
  },
  TARGET_NOT_OURS: {
    bp: 'BP5004',
    exit: 8,
    retryable: false,
    summary: 'a target has no valid marker of this repository',
    remedy:
      'A missing mount is the usual cause. If the place is right and really new, run apply with --init-target NAME.',
  },
  TARGET_UNSAFE: {
    bp: 'BP5005',
    exit: 8,
    retryable: false,
    summary: 'a target has a symbolic link or foreign owner where a private directory is needed',
    remedy: 'Remove the planted entry named in the message.',
  },
  TARGET_IO: {
    bp: 'BP5006',
    exit: 3,
    retryable: true,
    summary: 'a target failed while it was written or read',
    remedy: 'Check the health of the disk, then run again.',
  },
  TARGET_CONFLICT: {
    bp: 'BP5007',
    exit: 3,
    retryable: false,
    summary: 'an object with this name and other content exists',
    remedy: 'Nothing was overwritten. Find out who else writes to this target.',
  },
  TARGET_FORMAT: {
    bp: 'BP5008',
    exit: 9,
    retryable: false,
    summary: 'the target was written by a newer release',
    remedy: 'Upgrade backup-plan. An older release never writes to a newer repository.',
  },
  TARGET_TIMEOUT: {
    bp: 'BP5014',
    exit: 9,
    retryable: true,
    summary: 'a target stopped answering',
    remedy: 'Check the network and the load of the store, then run again.',
  },
  TARGET_AUTH: {
    bp: 'BP5015',
    exit: 9,
    retryable: false,
    summary: 'a target does not accept the credentials',
    remedy: 'Check the secrets that the target names, their expiry, and the clock of this machine.',
  },
  TARGET_UNTRUSTED: {
    bp: 'BP5016',
    exit: 9,
    retryable: false,
    summary: 'a target could not prove who it is',
    remedy:
      'Compare the key or certificate in the message with one that you got from its administrator by another way. Nothing was sent.',
  },
  ARCHIVED: {
    bp: 'BP5017',
    exit: 4,
    retryable: false,
    summary: 'stored data is archived and must be thawed before it can be read',
    remedy: 'Ask for it with `backup-plan restore … --thaw standard`, then run the restore again.',
  },
  STORE_WEAK: {
    bp: 'BP5018',
    exit: 8,
    retryable: false,
    summary: 'a store does not do what this needs to be safe',
    remedy:
      'Read the message: `backup-plan doctor` finds it out anew. Where nobody else writes or deletes there at the same time, `exclusive: true` of the target may allow it.',
  },
  LOCKED: {
    bp: 'BP5010',
    exit: 7,
    retryable: false,
    summary: 'another run holds the lock',
    remedy: 'Wait for it, or pass --wait.',
  },
  LOG_UNREADABLE: {
    bp: 'BP5011',
    exit: 9,
    retryable: false,
    summary: 'the applied-plan log cannot be read',
    remedy:
      'Backups still run under the plan file; policy changes and deletions wait until the log can be read.',
  },
  APPROVAL_MISSING: {
    bp: 'BP5012',
    exit: 12,
    retryable: false,
    summary: 'the plan differs from the applied one and nobody approved the change',
    remedy: 'Review `backup-plan plan`, then run apply --yes, or apply --expect DIGEST in CI.',
  },
  APPROVAL_STALE: {
    bp: 'BP5013',
    exit: 12,
    retryable: false,
    summary: 'the plan no longer matches the approved digest',
    remedy: 'Review `backup-plan plan` again and approve its digest.',
  },
} as const satisfies Record<string, FailureKind>;
