import { readCatalog, type Memory } from '../catalog/read-catalog.ts';
import { openRepository, type Repository } from '../catalog/repository.ts';
import type { Clock } from '../domain/clock.ts';
import type { Verifier } from '../domain/cryptography.ts';
import { failure, type Failure } from '../domain/failure.ts';
import { plainReason } from '../domain/plain-reason.ts';
import type { Plan } from '../domain/plan.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { Catalog, CatalogProblem } from '../domain/snapshot.ts';
import type { Target } from '../domain/target.ts';
import { steady } from '../transfer/steady.ts';
import type { Ports } from './ports.ts';
import { trustDigest } from './trust-digest.ts';

/** A plan with its targets open: what every command that looks at snapshots starts from. */
export interface Workspace {
  readonly plan: Plan;
  readonly verifier: Verifier;
  /** Targets with a valid marker, by name. */
  readonly repositories: ReadonlyMap<string, Repository>;
  /** Targets without one, and why. */
  readonly closed: ReadonlyMap<string, ClosedTarget>;
  readonly catalog: Catalog;
  /** What the same targets say now. */
  reread(): Promise<Catalog>;
  close(): Promise<void>;
}

/** The same targets with what they say now. */
export async function refreshed(workspace: Workspace): Promise<Workspace> {
  return { ...workspace, catalog: await workspace.reread() };
}

export interface ClosedTarget {
  readonly target: Target;
  readonly failure: Failure;
}

export interface WorkspaceOptions {
  /** Only these targets; all where absent. */
  readonly targets?: readonly string[];
  /** Reads and verifies everything again, whatever was verified earlier. */
  readonly fresh?: boolean;
}

/** Opens every target for reading and reads their records. Unreachable ones are problems, not failures. */
export async function openWorkspace(
  ports: Ports,
  plan: Plan,
  options: WorkspaceOptions = {},
): Promise<Result<Workspace>> {
  const known = checkTargets(plan, options.targets ?? []);
  if (!known.ok) return known;
  const verifier = await ports.cryptography.verifier(Object.values(plan.signing.keys).map(trusted));
  if (!verifier.ok) return verifier;
  const names = options.targets ?? Object.keys(plan.targets);
  const opened = await Promise.all(names.map((name) => openTarget(ports, plan, name, verifier.value)));
  const repositories = new Map<string, Repository>();
  const closed = new Map<string, ClosedTarget>();
  for (const one of opened) if (!one.ok) return one;
  sortOut(
    plan,
    opened.flatMap((one) => (one.ok ? [one.value] : [])),
    { repositories, closed },
  );
  const { fresh = false } = options;
  const memory = { cache: ports.recordCache, trust: await trustDigest(plan), fresh };
  const readable = { plan, verifier: verifier.value, repositories, closed, memory, clock: ports.clock };
  const catalog = await readAll(readable);
  return ok({
    plan,
    verifier: verifier.value,
    repositories,
    closed,
    catalog,
    reread: () => readAll(readable),
    close: () =>
      closeAll(
        [...repositories.values()].map((one) => one.target),
        closed,
      ),
  });
}

export function checkTargets({ targets }: Plan, names: readonly string[]): Result<void> {
  const unknown = names.find((name) => targets[name] === undefined);
  if (unknown === undefined) return ok();
  const hint = `Targets: ${Object.keys(targets).join(', ')}.`;
  return failed(failure('NOT_FOUND', `the plan has no target "${unknown}"`, { hint }));
}

function trusted(
  signer: Plan['signing']['keys'][string],
): Parameters<Ports['cryptography']['verifier']>[0][number] {
  const { name, key, may, untilMs } = signer;
  return { name, keyFile: key, may, ...(untilMs === undefined ? {} : { untilMs }) };
}

/** A target object of the plan, not yet opened. */
export function createTarget(ports: Ports, plan: Plan, name: string): Result<Target> {
  const spec = plan.targets[name];
  const type = spec && ports.targetTypes.get(spec.type);
  if (!spec || !type) return failed(failure('NOT_FOUND', `the plan has no target "${name}"`));
  const target = type.create({
    name,
    options: spec.options,
    planDirectory: plan.directory,
    secrets: ports.secretsOf(plan),
    tools: ports.tools,
    pipelines: ports.pipelines,
    clock: ports.clock,
    timers: ports.timers,
    holders: {
      describe: () => ports.describeHolder('backup-plan'),
      isDead: (holder) => ports.isDeadHolder(holder),
    },
    environment: ports.environment,
  });
  const { bandwidth, idleTimeoutMs } = spec.limits;
  return ok(
    steady(target, {
      clock: ports.clock,
      timers: ports.timers,
      random: Math.random,
      tell: ports.tell,
      remote: type.remote === true,
      idleTimeoutMs,
      ...(bandwidth === undefined ? {} : { bandwidth }),
    }),
  );
}

interface OpenedTarget {
  readonly target: Target;
  readonly repository: Result<Repository>;
}

/** All targets of a plan carry one repository id: that of the target with the log, else the first one's. */
function sortOut(
  plan: Plan,
  opened: readonly OpenedTarget[],
  into: { readonly repositories: Map<string, Repository>; readonly closed: Map<string, ClosedTarget> },
): void {
  const good = opened.flatMap(({ repository }) => (repository.ok ? [repository.value] : []));
  const expected = (good.find(({ target }) => target.name === plan.state) ?? good[0])?.repoId;
  for (const { target, repository } of opened) {
    if (!repository.ok) into.closed.set(target.name, { target, failure: repository.failure });
    else if (repository.value.repoId === expected) into.repositories.set(target.name, repository.value);
    else
      into.closed.set(target.name, {
        target,
        failure: failure('TARGET_NOT_OURS', `target ${target.name} belongs to another repository`),
      });
  }
}

async function openTarget(
  ports: Ports,
  plan: Plan,
  name: string,
  verifier: Verifier,
): Promise<Result<OpenedTarget>> {
  const target = createTarget(ports, plan, name);
  if (!target.ok) return target;
  const opened = await target.value.open();
  const repository = opened.ok ? await openRepository({ target: target.value, verifier }) : opened;
  return ok({ target: target.value, repository });
}

interface Readable {
  readonly plan: Plan;
  readonly verifier: Verifier;
  readonly repositories: ReadonlyMap<string, Repository>;
  readonly closed: ReadonlyMap<string, ClosedTarget>;
  readonly memory: Memory;
  readonly clock: Clock;
}

async function readAll(readable: Readable): Promise<Catalog> {
  const { plan, verifier, repositories, closed, memory, clock } = readable;
  const catalog = await readCatalog({
    plan: plan.name,
    repositories: [...repositories.values()],
    unreachable: [...closed].map(([target, { failure: why }]) => problemOf(target, why)),
    verifier,
    memory,
  });
  return { ...catalog, readMs: clock.nowMs() };
}

function problemOf(target: string, why: Failure): CatalogProblem {
  const known: readonly string[] = [
    'TARGET_NOT_OURS',
    'TARGET_FORMAT',
    'TARGET_UNSAFE',
    'TARGET_DENIED',
    'TARGET_IO',
    'TARGET_TIMEOUT',
    'TARGET_AUTH',
    'TARGET_UNTRUSTED',
  ];
  const code = known.includes(why.code) ? (why.code as CatalogProblem['code']) : 'TARGET_UNREACHABLE';
  return { target, code, message: plainReason(target, why.message) };
}

async function closeAll(open: readonly Target[], closed: ReadonlyMap<string, ClosedTarget>): Promise<void> {
  await Promise.all(
    [...open, ...[...closed.values()].map((one) => one.target)].map((target) => target.close()),
  );
}
