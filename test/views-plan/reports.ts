import type { ListedSnapshot, ListReport, ShowReport } from '../../src/domain/list-report.ts';
import type { PlanReport } from '../../src/domain/plan-report.ts';
import type { StatusReport } from '../../src/domain/status.ts';
import { createStyle } from '../../src/views/style.ts';

export const NOW_MS = Date.parse('2026-11-21T04:30:00Z');
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const GIB = 1024 ** 3;
export const plain = createStyle({ colour: false, unicode: true });
export const ascii = createStyle({ colour: false, unicode: false });
export const colour = createStyle({ colour: true, unicode: true });
/** A name that would clear the screen. */
export const EVIL = 'a\u001b[2Jb';

export const planReport: PlanReport = {
  plan: 'acme',
  digest: 'sha256:9b1f44',
  atMs: NOW_MS,
  base: {
    serial: 42,
    digest: 'sha256:00',
    at: '2026-09-13T08:12:00Z',
    holder: 'ci',
    gitCommit: '8f31c2e0aa',
  },
  changed: true,
  snapshots: 211,
  targets: ['local', 'offsite'],
  unread: ['offsite'],
  problems: [{ target: 'offsite', code: 'TARGET_UNREACHABLE', message: 'is not mounted' }],
  due: [
    {
      resource: 'pg-main',
      mode: 'full',
      reason: 'tick-passed',
      targets: ['local', 'offsite'],
      overdueMs: 2 * HOUR_MS,
      slotMs: NOW_MS - 2 * HOUR_MS,
      nextExpectedByMs: NOW_MS + DAY_MS,
    },
    {
      resource: 'uploads',
      mode: 'full',
      reason: 'never-taken',
      targets: ['local'],
      fallback: 'no good snapshot for an incremental to build on',
    },
    {
      resource: 'vault',
      mode: 'incremental',
      reason: 'with-group',
      groupId: 'app-01jd',
      parentId: 'x',
      targets: ['local'],
    },
    {
      resource: 'feed',
      mode: 'full',
      reason: 'tick-passed',
      targets: ['local'],
      waiting: [{ target: 'offsite', tickMs: NOW_MS + DAY_MS }],
      unlessEqualTo: '20261120t020000z-0000000000000000',
    },
  ],
  idle: [
    { resource: 'mail', reason: 'backing-off', nextMs: NOW_MS + 600_000 },
    { resource: 'logs', reason: 'missed-skipped', nextMs: NOW_MS + DAY_MS },
    { resource: 'web', reason: 'elsewhere', detail: 'web-1' },
    { resource: 'etc', reason: 'within-schedule', nextMs: NOW_MS + HOUR_MS, missing: ['offsite'] },
  ],
  missing: [
    {
      snapshotId: '20261120t020000z-0000000000000000',
      resource: 'etc',
      mode: 'full',
      target: 'offsite',
      sources: ['local'],
      bytes: 3 * GIB,
      nextExpectedByMs: NOW_MS + DAY_MS,
    },
  ],
  steps: 11,
  estimatedBytes: 3.1 * GIB,
  released: Array.from({ length: 12 }, (_, index) => ({
    id: `202610${String(index + 10)}t020000z-0000000000000000`,
    resource: 'pg-main',
    mode: 'full' as const,
    consistentAtMs: NOW_MS - (40 - index) * DAY_MS,
    bytes: GIB,
    targets: ['local', 'offsite'],
    ...(index === 1 ? { graceUntilMs: NOW_MS + 3 * DAY_MS } : {}),
  })),
  held: [
    {
      target: 'local',
      resource: 'uploads',
      snapshots: 26,
      failure: {
        code: 'DELETE_GUARD',
        message: '26 of 48 good snapshots would go, maxDelete is 30%',
        hint: 'Look at `backup-plan prune --dry-run`. If it is what you want, pass --max-delete 26.',
      },
    },
    { target: 'offsite', snapshots: 1, failure: { code: 'CATALOG_GAP', message: 'a record is not there' } },
  ],
  condemned: [
    {
      target: 'local',
      resource: 'pg-main',
      root: '20261009t020000z-0000000000000000',
      snapshots: 3,
      untilMs: NOW_MS + DAY_MS,
    },
  ],
  separate: ['offsite', 'vault'],
  policies: [
    {
      check: 'policy',
      severity: 'critical',
      subject: { kind: 'resource', name: 'uploads' },
      message: 'newest restore point: offsite: 0 where the policy asks for 1',
    },
  ],
};

export const listed: ListedSnapshot = {
  id: '20261121t020000z-0000000000000000',
  plan: 'acme',
  resource: 'calls',
  type: 'files',
  mode: 'full',
  status: 'complete',
  good: true,
  consistentAtMs: Date.parse('2026-11-21T02:00:05Z'),
  committedMs: Date.parse('2026-11-21T02:01:05Z'),
  bytes: 3 * GIB,
  rawBytes: 4 * GIB,
  entries: 1234,
  targets: [
    { name: 'local', state: 'present' },
    { name: 'offsite', state: 'present' },
  ],
  retention: { keptBy: ['last', 'daily', 'chain of 20261121t040000z-0000000000000001'], released: false },
};

export const listReport: ListReport = {
  atMs: NOW_MS,
  snapshots: [
    {
      ...listed,
      id: '20261001t020000z-0000000000000002',
      consistentAtMs: NOW_MS - 51 * DAY_MS,
      bytes: 512,
      label: 'deploy-7',
      retention: { keptBy: [], released: true },
    },
    {
      ...listed,
      good: false,
      defect: 'its parent is missing',
      targets: [
        { name: 'local', state: 'corrupt' },
        { name: 'offsite', state: 'condemned', condemnedUntilMs: NOW_MS + DAY_MS },
      ],
    },
    {
      ...listed,
      resource: 'uploads',
      mode: 'incremental',
      status: 'complete-with-warnings',
      verified: { level: 'checksum', atMs: NOW_MS },
      pinned: { untilMs: NOW_MS + 30 * DAY_MS },
      retention: { keptBy: ['daily'], released: false, releasedOn: ['offsite'] },
    },
  ],
  hidden: 2,
  held: planReport.held,
  problems: [{ target: 'offsite', code: 'TARGET_UNREACHABLE', message: 'is not mounted' }],
};

export const showReport: ShowReport = {
  atMs: NOW_MS,
  snapshot: {
    ...listed,
    mode: 'incremental',
    parent: 'older',
    label: 'deploy-7',
    groupId: 'app-01jd',
    pinned: {},
    verified: { level: 'decrypt', atMs: NOW_MS - HOUR_MS },
  },
  provenance: {
    writer: 'ABCD1234',
    runId: '01jd',
    planDigest: 'sha256:9b1f44',
    gitCommit: '8f31c2e',
    toolVersion: '0.1.0',
    startedAt: '2026-11-21T02:00:01.000Z',
    durationMs: 64_000,
    slot: '2026-11-21T02:00:00.000Z',
    nextExpectedBy: '2026-11-22T02:00:00.000Z',
  },
  chain: [
    { ...listed, id: 'older' },
    { ...listed, mode: 'incremental' },
  ],
  artifacts: [
    {
      name: 'files',
      key: 'acme/data/calls/20261121t020000z-0000000000000000/files.tar.zst.gpg',
      mediaType: 'application/x-tar',
      bytes: 3 * GIB,
      rawBytes: 4 * GIB,
      sha256: 'ab'.repeat(32),
      compression: 'zstd',
      recipients: ['1111', '2222'],
      tool: 'tar',
      completion: 'tar --totals',
    },
  ],
  warnings: ['one file changed while it was read'],
};

export const statusReport: StatusReport = {
  plan: 'acme',
  atMs: NOW_MS,
  severity: 'critical',
  resources: [
    {
      resource: 'calls',
      type: 'files',
      enabled: true,
      severity: 'warning',
      restorePoints: 12,
      newest: {
        id: listed.id,
        mode: 'full',
        consistentAtMs: listed.consistentAtMs,
        unchangedMs: NOW_MS - HOUR_MS,
        ageMs: HOUR_MS,
        bytes: 3 * GIB,
        rawBytes: 4 * GIB,
        durationMs: 64_000,
        copies: [
          { target: 'local', state: 'present' },
          { target: 'offsite', state: 'missing' },
        ],
      },
      nextMs: NOW_MS + 21.5 * HOUR_MS,
      overdueMs: HOUR_MS,
      rpoMs: DAY_MS,
    },
    {
      resource: 'uploads',
      type: 'files',
      enabled: true,
      severity: 'critical',
      restorePoints: 0,
      nextMs: NOW_MS + HOUR_MS,
    },
    {
      resource: 'old',
      type: 'files',
      enabled: false,
      severity: 'ok',
      restorePoints: 0,
      nextMs: NOW_MS + HOUR_MS,
    },
  ],
  targets: [
    { target: 'local', read: true, freeBytes: 50 * GIB, totalBytes: 100 * GIB },
    { target: 'offsite', read: false },
  ],
  findings: [
    {
      check: 'never-taken',
      severity: 'critical',
      subject: { kind: 'resource', name: 'uploads' },
      message: 'has no good restore point',
    },
    {
      check: 'copies',
      severity: 'warning',
      subject: { kind: 'resource', name: 'calls' },
      message: 'newest restore point is missing on offsite',
    },
    {
      check: 'expiry',
      severity: 'warning',
      subject: { kind: 'key', name: 'keys/ops.asc' },
      message: 'expires in 20 days, on 2026-12-11 (30-day notice)',
    },
  ],
  exitCode: 6,
};

export const healthy: StatusReport = {
  ...statusReport,
  severity: 'ok',
  resources: statusReport.resources.slice(0, 1).map((one) => ({ ...one, severity: 'ok' })),
  targets: statusReport.targets.slice(0, 1),
  findings: [],
  exitCode: 0,
};
