import type { Mode } from '../src/domain/mode.ts';
import { USUAL_TARGET_LIMITS } from '../src/domain/plan.ts';
import type { ModeSchedule, Plan, ResourceSpec, RetentionPolicy } from '../src/domain/plan.ts';
import type { SnapshotRecord } from '../src/domain/record.ts';
import type { Catalog, Snapshot } from '../src/domain/snapshot.ts';
import { planReport } from '../src/planner/plan-report.ts';
import { planRun } from '../src/planner/plan-run.ts';

/** Plans once, in a process of its own, for 10,000 resources that are all due; prints what it took as JSON. */

const RESOURCES = 10_000;
const NIGHTS = 10;
const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 21, 4, 30);
const TARGETS = ['local', 'offsite'];
const POLICY: RetentionPolicy = {
  keep: { daily: 7, weekly: 4 },
  minimum: 2,
  countOnly: 'good',
  graceMs: 0,
  maxDelete: 0.3,
};

const plan = makePlan();
const catalog = makeCatalog(Object.values(plan.resources));
let ids = 0;

const startedMs = cpuMs();
const planned = planRun({
  plan,
  catalog,
  nowMs: NOW_MS,
  host: 'bench',
  runId: 'run',
  newSnapshotId: () => `new-${(ids += 1)}`,
  request: { kind: 'apply' },
});
const plannedMs = cpuMs();
const report = planReport({ plan, catalog, nowMs: NOW_MS, planned });
const reportedMs = cpuMs();

console.log(
  JSON.stringify({
    planMs: plannedMs - startedMs,
    reportMs: reportedMs - plannedMs,
    due: planned.due.length,
    steps: planned.graph.steps.length,
    released: report.released.length,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  }),
);

function makePlan(): Plan {
  const resources = Array.from({ length: RESOURCES }, (_, index) => makeResource(index));
  return {
    name: 'bench',
    timezone: 'Europe/Berlin',
    labels: {},
    file: '/bench/backup-plan.yaml',
    directory: '/bench',
    secrets: {},
    encryption: {},
    signing: { keys: {}, use: { env: 'KEY' } },
    state: 'local',
    targets: Object.fromEntries(
      TARGETS.map((name) => [
        name,
        {
          name,
          type: 'filesystem',
          options: {},
          offsite: false,
          prune: 'apply' as const,
          limits: USUAL_TARGET_LIMITS,
        },
      ]),
    ),
    resources: Object.fromEntries(resources.map((one) => [one.name, one])),
    groups: {},
    onFailure: 'continue',
    scratchDirectory: '/var/tmp',
    policies: { countSource: false, separate: [] },
    notifications: {},
    digest: 'sha256:00',
    document: {},
  };
}

/** Every minute of the night has its own schedule, so that nothing is gained from a shared one. */
function makeResource(index: number): ResourceSpec {
  const at = (mode: Mode, cron: string): ModeSchedule => ({
    mode,
    schedule: { cron, timezone: 'Europe/Berlin', jitterMs: 300_000, onMissed: 'run', onlyChanges: false },
  });
  return {
    name: `resource-${index}`,
    type: 'files',
    options: {},
    labels: {},
    hosts: [],
    enabled: true,
    schedules: [at('full', `${index % 60} 3 * * 0`), at('incremental', `${index % 60} ${index % 4} * * *`)],
    retention: { full: POLICY, incremental: POLICY },
    targets: { full: TARGETS, incremental: TARGETS },
    edges: {},
    encryption: 'ops',
    compression: { type: 'zstd', level: 3 },
    dependsOn: index % 10 === 0 ? [] : [`resource-${index - 1}`],
    hooks: { before: [], after: [], onFailure: [] },
    restore: { hooks: { before: [], after: [] }, migrate: [], check: [] },
    limits: { timeoutMs: DAY_MS, idleTimeoutMs: DAY_MS, retries: 2, staging: 'auto' },
    source: { maxDrop: 0.5, allowEmpty: false },
    objectives: {},
    monitor: {},
  };
}

function makeCatalog(resources: readonly ResourceSpec[]): Catalog {
  const snapshots = resources.flatMap(({ name }) => {
    let parent: Snapshot | undefined;
    return Array.from({ length: NIGHTS }, (_, night) => {
      const takenMs = NOW_MS - (NIGHTS - night) * DAY_MS - 3_600_000;
      parent = makeSnapshot(name, takenMs, night === 0 ? undefined : parent);
      return parent;
    });
  });
  return { snapshots, problems: [], read: new Set(TARGETS), events: [] };
}

function makeSnapshot(resource: string, takenMs: number, parent: Snapshot | undefined): Snapshot {
  const id = `${resource}-${takenMs}`;
  const mode: Mode = parent === undefined ? 'full' : 'incremental';
  const link = parent === undefined ? {} : { parent: { snapshotId: parent.id, recordSha256: '00' } };
  const level = parent === undefined ? 0 : parent.record.chain.level + 1;
  const record = {
    resourceType: 'files',
    artifacts: [{ bytes: 1, raw: { bytes: 1 } }],
    chain: { mode, root: id, level, ...link },
    slot: new Date(takenMs).toISOString(),
    durationMs: 1,
  } as unknown as SnapshotRecord;
  const copies = TARGETS.map((target) => ({ target, state: 'present' as const, record, recordSha256: '00' }));
  return {
    id,
    plan: 'bench',
    resource,
    mode,
    consistentAtMs: takenMs,
    committedMs: takenMs,
    record,
    copies,
    good: true,
  };
}

/** Of this process: a machine that is busy with other things would make wall time a matter of luck. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
