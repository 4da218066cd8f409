import type { Mode } from '../../src/domain/mode.ts';
import { USUAL_TARGET_LIMITS } from '../../src/domain/plan.ts';
import type {
  GroupSpec,
  Hooks,
  ModeSchedule,
  Plan,
  ResourceSpec,
  RetentionPolicy,
  Schedule,
} from '../../src/domain/plan.ts';
import type { SnapshotRecord } from '../../src/domain/record.ts';
import type { Catalog, Copy, EventRecord, Snapshot } from '../../src/domain/snapshot.ts';
import type { PlanRunInput } from '../../src/planner/plan-run.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** A Saturday. */
export const NOW_MS = Date.parse('2026-11-21T04:30:00Z');
export const NO_HOOKS: Hooks = { before: [], after: [], onFailure: [] };
export const POLICY: RetentionPolicy = {
  keep: { daily: 7 },
  minimum: 2,
  countOnly: 'good',
  graceMs: 0,
  maxDelete: 0.3,
};

export function schedule(cron: string, rest: Partial<Schedule> = {}): Schedule {
  return { cron, timezone: 'UTC', jitterMs: 0, onMissed: 'run', onlyChanges: false, ...rest };
}

export function at(mode: Mode, cron: string, rest: Partial<Schedule> = {}): ModeSchedule {
  return { mode, schedule: schedule(cron, rest) };
}

export function resource(name: string, rest: Partial<ResourceSpec> = {}): ResourceSpec {
  const schedules = rest.schedules ?? [at('full', '0 2 * * *')];
  const modes = new Set<Mode>(['full', ...schedules.map(({ mode }) => mode)]);
  return {
    name,
    type: 'files',
    options: {},
    labels: {},
    hosts: [],
    enabled: true,
    schedules,
    retention: Object.fromEntries([...modes].map((mode) => [mode, POLICY])),
    targets: Object.fromEntries([...modes].map((mode) => [mode, ['local']])),
    edges: {},
    encryption: 'ops',
    compression: { type: 'zstd', level: 3 },
    dependsOn: [],
    hooks: NO_HOOKS,
    restore: { hooks: { before: [], after: [] }, migrate: [], check: [] },
    limits: { timeoutMs: 2 * HOUR_MS, idleTimeoutMs: 600_000, retries: 2, staging: 'auto' },
    source: { maxDrop: 0.5, allowEmpty: false },
    objectives: {},
    monitor: {},
    ...rest,
  };
}

export function plan(
  resources: readonly ResourceSpec[],
  groups: readonly GroupSpec[] = [],
  rest: Partial<Plan> = {},
): Plan {
  return {
    name: 'acme',
    timezone: 'UTC',
    labels: {},
    file: '/plans/backup-plan.yaml',
    directory: '/plans',
    secrets: {},
    encryption: {},
    signing: { keys: {}, use: { env: 'KEY' } },
    state: 'local',
    targets: {
      local: {
        name: 'local',
        type: 'filesystem',
        options: {},
        offsite: false,
        prune: 'apply',
        limits: USUAL_TARGET_LIMITS,
      },
    },
    resources: Object.fromEntries(resources.map((one) => [one.name, one])),
    groups: Object.fromEntries(groups.map((one) => [one.name, one])),
    onFailure: 'continue',
    scratchDirectory: '/var/tmp',
    policies: { countSource: false, separate: [] },
    notifications: {},
    digest: 'sha256:00',
    document: {},
    ...rest,
  };
}

interface SnapshotFacts {
  readonly resource: string;
  readonly taken: string;
  readonly mode?: Mode;
  readonly parent?: Snapshot;
  readonly good?: boolean;
  readonly defect?: string;
  readonly targets?: readonly string[];
  readonly states?: Readonly<Record<string, Copy['state']>>;
  readonly record?: Partial<SnapshotRecord>;
}

export function snapshot(facts: SnapshotFacts): Snapshot {
  const { resource: name, mode = 'full', parent } = facts;
  const takenMs = Date.parse(facts.taken);
  const id = `${new Date(takenMs).toISOString().slice(0, 19).replace(/[-:]/g, '').toLowerCase()}z-${name}`;
  const level = parent === undefined ? 0 : parent.record.chain.level + 1;
  const link = parent === undefined ? {} : { parent: { snapshotId: parent.id, recordSha256: '00' } };
  const record = {
    type: 'snapshot',
    snapshotId: id,
    key: `key of ${id}`,
    plan: 'acme',
    resource: name,
    resourceType: 'files',
    durationMs: 60_000,
    result: 'complete',
    artifacts: [
      {
        name: 'files',
        bytes: 3 * 1024 ** 3,
        raw: { bytes: 4 * 1024 ** 3 },
        encryption: { profile: 'ops', recipients: ['R1'] },
      },
    ],
    index: { bytes: 1024, entries: 10 },
    warnings: [],
    chain: { mode, root: parent?.record.chain.root ?? id, level, ...link },
    ...facts.record,
  } as unknown as SnapshotRecord;
  const copies = (facts.targets ?? ['local']).map((target): Copy => {
    return { target, state: facts.states?.[target] ?? 'present', record, recordSha256: '00' };
  });
  const good = facts.good ?? true;
  const defect = facts.defect === undefined ? {} : { defect: facts.defect };
  return {
    id,
    plan: 'acme',
    resource: name,
    mode,
    consistentAtMs: takenMs,
    committedMs: takenMs,
    record,
    copies,
    good,
    ...defect,
  };
}

export function catalog(snapshots: readonly Snapshot[] = [], rest: Partial<Catalog> = {}): Catalog {
  return { snapshots, problems: [], read: new Set(['local']), events: [], ...rest };
}

export function runEvent(atIso: string, resources: readonly Record<string, unknown>[]): EventRecord {
  const facts = { result: 'failed', planDigest: 'sha256:00', durationMs: 1, resources };
  return { type: 'event', version: 1, event: 'run', at: atIso, facts } as unknown as EventRecord;
}

export function input(from: Plan, rest: Partial<PlanRunInput> = {}): PlanRunInput {
  let next = 0;
  return {
    plan: from,
    catalog: catalog(),
    nowMs: NOW_MS,
    host: 'db-1',
    runId: 'run',
    newSnapshotId: () => `new-${String((next += 1))}`,
    request: { kind: 'apply' },
    ...rest,
  };
}
