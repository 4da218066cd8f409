import type { LogEntry } from '../../src/domain/applied-plan.ts';
import { failure } from '../../src/domain/failure.ts';
import type { EventLogReport, LogEntryReport, LogReport } from '../../src/domain/log-report.ts';
import type { PruneChain, PrunePlan } from '../../src/domain/prune-plan.ts';
import type { PruneReport } from '../../src/domain/prune-report.ts';
import type { ProtectionReport } from '../../src/domain/protection-report.ts';
import type { RewrappedCopy, RewrapReport } from '../../src/domain/rewrap-report.ts';

export const AT_MS = Date.parse('2026-11-21T08:00:00Z');
const DAY_MS = 86_400_000;
const MIB = 1024 ** 2;

function idAt(daysAgo: number): string {
  const day = new Date(AT_MS - daysAgo * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
  return `${day}t020000z-0123456789abcde${String(daysAgo % 10)}`;
}

function chainOf(resource: string, daysAgo: readonly [number, ...number[]], graceMs = 0): PruneChain {
  return {
    resource,
    root: idAt(daysAgo[0]),
    members: daysAgo.map((days, level) => ({
      snapshotId: idAt(days),
      recordKey: `acme/snapshots/${resource}/${idAt(days)}.json`,
      recordSha256: 'a'.repeat(64),
      mode: level === 0 ? 'full' : 'incremental',
      consistentAtMs: AT_MS - days * DAY_MS,
      bytes: (level === 0 ? 100 : 7) * MIB,
      ...(level === 0 ? { label: 'before-upgrade' } : {}),
    })),
    graceMs,
    sweepAtMs: AT_MS + graceMs,
  };
}

const planned: PrunePlan = {
  targets: [
    {
      target: 'local',
      sweep: [chainOf('calls', [40, 39, 38])],
      condemn: [chainOf('uploads', [30], 3 * DAY_MS)],
      waiting: [chainOf('uploads', [33], DAY_MS)],
      reprieve: [chainOf('vault', [21])],
      refusals: [],
      leftovers: [
        { kind: 'data', key: 'acme/data/calls/x/files.tar.zst.gpg', bytes: 5 * MIB, modifiedMs: AT_MS },
        { kind: 'index', key: 'acme/data/calls/x/index.ndjson.zst.gpg', bytes: 2048, modifiedMs: AT_MS },
      ],
    },
    {
      target: 'offsite',
      sweep: [],
      condemn: [],
      waiting: [],
      reprieve: [],
      refusals: [
        {
          resource: 'calls',
          held: 26,
          failure: failure('DELETE_GUARD', '26 of 48 good snapshots would go, maxDelete is 30%'),
        },
        { held: 0, failure: failure('CATALOG_GAP', 'a record that others name is not there') },
      ],
      leftovers: [],
    },
  ],
};

export const dryRun: PruneReport = {
  plan: 'acme',
  runId: '01jd000000000000000000run0',
  atMs: AT_MS,
  dryRun: true,
  planned,
  problems: [],
  outcomes: [],
  notes: ['target usb: leftovers were not looked for: it cannot be listed'],
  exitCode: 8,
};

export const nothing: PruneReport = { ...dryRun, planned: { targets: [] }, notes: [], exitCode: 0 };

export const ran: PruneReport = {
  ...dryRun,
  dryRun: false,
  notes: [],
  outcomes: [
    { target: 'local', resource: 'calls', root: idAt(40), state: 'swept', snapshots: 3, bytes: 114 * MIB },
    { target: 'local', resource: 'uploads', root: idAt(30), state: 'condemned', snapshots: 1, bytes: 0 },
    { target: 'local', resource: 'vault', root: idAt(21), state: 'reprieved', snapshots: 1, bytes: 0 },
    { target: 'local', state: 'collected', snapshots: 0, objects: 2, bytes: 5 * MIB },
    {
      ...{ target: 'local', resource: 'mail', root: idAt(9), state: 'kept', snapshots: 1, bytes: 0 },
      reason: 'pinned meanwhile',
    },
    {
      ...{ target: 'offsite', resource: 'mail', root: idAt(9), state: 'failed', snapshots: 1, bytes: 0 },
      failure: failure('TARGET_IO', 'EIO: i/o error, unlink'),
    },
  ],
  exitCode: 3,
};

export const pinned: ProtectionReport = {
  action: 'pin',
  resource: 'calls',
  snapshotId: idAt(3),
  untilMs: AT_MS + 30 * DAY_MS,
  targets: [
    { target: 'local', state: 'written' },
    { target: 'usb', state: 'failed', failure: failure('TARGET_UNREACHABLE', 'it is not mounted') },
  ],
};

export const undeleted: ProtectionReport = {
  action: 'undelete',
  resource: 'calls',
  snapshotId: idAt(3),
  targets: [
    { target: 'local', state: 'restored' },
    { target: 'offsite', state: 'unknown' },
    { target: 'tape', state: 'purged' },
  ],
};

const entry: LogEntry = {
  type: 'log',
  version: 1,
  repoId: 'repo',
  targetId: 'target',
  key: 'acme/log/0000000042.json',
  plan: 'acme',
  serial: 42,
  entry: 'commit',
  applyId: '01jd000000000000000000run0',
  holder: 'ci pid 17 (start 1, boot 2)',
  planDigest: `sha256:${'9b1f'.repeat(16)}`,
  gitCommit: '8f31c2e0d4f6a8b0c2d4e6f8a0b2c4d6e8f0a2b4',
  at: '2026-11-21T07:58:00.000Z',
  prev: { serial: 41, sha256: 'a'.repeat(64) },
  state: 'c2VjcmV0',
  toolVersion: '0.1.0',
};

export const log: LogReport = {
  plan: 'acme',
  entries: [entry, { ...entry, serial: 40, entry: 'partial', at: '2026-11-20T02:00:00.000Z' }],
  more: 38,
};

export const logEntry: LogEntryReport = { entry, state: { version: 1, name: 'acme' } };

export const eventLog: EventLogReport = {
  plan: 'acme',
  events: [
    {
      at: '2026-11-21T07:59:00.000Z',
      event: 'restore',
      runId: '01jd000000000000000000run1',
      writer: 'ops',
      subject: `calls@${idAt(3)}`,
      result: 'failed',
      code: 'RESTORE_CHECK_FAILED',
      durationMs: 61_000,
      detail: 'in place, undo 01jd000000000000000000run9',
      facts: { resource: 'calls' },
    },
    {
      at: '2026-11-21T02:00:00.000Z',
      event: 'prune',
      runId: '01jd000000000000000000run2',
      writer: 'purge',
      result: 'succeeded',
      durationMs: 900,
      detail: '3 deleted, 1.2 GiB freed',
      facts: { swept: 3 },
    },
  ],
  more: 7,
};

const copies: readonly RewrappedCopy[] = [
  {
    ...{ resource: 'calls', snapshotId: idAt(3), target: 'local', artifact: 'files' },
    ...{ state: 'rewrapped', added: ['A'.repeat(40)] },
  },
  {
    ...{ resource: 'calls', snapshotId: idAt(3), target: 'local', artifact: 'index' },
    ...{ state: 'unchanged', added: [] },
  },
  {
    ...{ resource: 'vault', snapshotId: idAt(4), target: 'local', artifact: 'output' },
    ...{ state: 'failed', added: [], failure: failure('NO_KEY', 'no private key was given') },
  },
];

export const rewrapped: RewrapReport = {
  dryRun: false,
  copies,
  problems: [{ target: 'usb', code: 'TARGET_UNREACHABLE', message: 'it is not mounted' }],
  exitCode: 9,
};
