import type { Examination } from '../domain/doctor-report.ts';
import { FAILURE_KINDS, type Failure } from '../domain/failure.ts';
import { ok, type Result } from '../domain/result.ts';
import { formatBytes } from '../domain/size.ts';
import type { ToolRequirement } from '../domain/command.ts';
import type { Plan } from '../domain/plan.ts';
import { findPlanTool, isPath } from './find-plan-tool.ts';
import type { Ports } from './ports.ts';
import { listKeys } from './key-list.ts';
import { writerKey } from './read-keys.ts';
import { readApplied } from './converge/applied.ts';
import type { Workspace } from './workspace.ts';

/** Looks at everything that tonight's run needs, and changes nothing. */
export async function examine(ports: Ports, workspace: Workspace): Promise<readonly Examination[]> {
  const { plan } = workspace;
  return [
    ...(await examineTools(ports, plan)),
    ...(await examineKeys(ports, plan)),
    ...(await examineSecrets(ports, plan)),
    ...(await examineTargets(workspace)),
    ...(await examineLog(ports, workspace)),
  ];
}

/** What every run needs beside the tools of its resource types. */
const OWN_TOOLS: readonly ToolRequirement[] = [
  { tool: 'mkfifo', package: 'coreutils', purpose: 'join children' },
  { tool: 'zstd', package: 'zstd', purpose: 'compress and decompress' },
];

const OPTIONAL_TOOLS: readonly ToolRequirement[] = [
  { tool: 'gpg', package: 'gnupg', purpose: 'encrypt faster than the built-in writer' },
  { tool: 'setpriv', package: 'util-linux', purpose: 'end children together with a killed run' },
];

async function examineTools(ports: Ports, plan: Plan): Promise<readonly Examination[]> {
  const needed = new Map(OWN_TOOLS.map((one) => [one.tool, one]));
  for (const resource of Object.values(plan.resources)) {
    const type = ports.resourceTypes.get(resource.type);
    for (const { mode } of resource.schedules) {
      for (const one of type?.tools(resource.options, mode) ?? []) needed.set(one.tool, one);
    }
  }
  const findIn = (tool: string): Promise<string | undefined> => findPlanTool(ports, plan, tool);
  const required = [...needed.values()].map((one) => examineTool(findIn, one, 'failed'));
  const optional = OPTIONAL_TOOLS.filter(({ tool }) => !needed.has(tool)).map((one) =>
    examineTool(findIn, one, 'warning'),
  );
  return Promise.all([...required, ...optional]);
}

async function examineTool(
  find: (tool: string) => Promise<string | undefined>,
  { tool, package: debian, purpose }: ToolRequirement,
  missing: 'failed' | 'warning',
): Promise<Examination> {
  const path = await find(tool);
  if (path !== undefined) return { area: 'tools', subject: tool, state: 'ok', detail: path };
  if (isPath(tool))
    return { area: 'tools', subject: tool, state: missing, detail: 'does not exist or is not executable' };
  return {
    area: 'tools',
    subject: tool,
    state: missing,
    detail: `not installed; needed to ${purpose}`,
    hint: `apt-get install ${debian}`,
  };
}

const SOON_MS = 60 * 86_400_000;

async function examineKeys(ports: Ports, plan: Plan): Promise<readonly Examination[]> {
  const keys = await listKeys(ports, plan);
  if (!keys.ok) return [fromFailure('keys', 'public keys', keys.failure)];
  const recipients = keys.value.map(({ facts, uses }): Examination => {
    const isRecipient = uses.some((use) => use.startsWith('recipient'));
    const soon = facts.expiresMs !== undefined && facts.expiresMs - ports.clock.nowMs() < SOON_MS;
    const expiry =
      facts.expiresMs === undefined
        ? 'never expires'
        : `expires ${new Date(facts.expiresMs).toISOString().slice(0, 10)}`;
    const detail = `${uses.join('; ')}, ${expiry}`;
    if (isRecipient && facts.defect !== undefined) {
      return { area: 'keys', subject: facts.fingerprint, state: 'failed', detail: facts.defect };
    }
    return { area: 'keys', subject: facts.fingerprint, state: soon ? 'warning' : 'ok', detail };
  });
  const writer = await writerKey(ports, plan);
  const own: Examination = writer.ok
    ? { area: 'keys', subject: 'signing.use', state: 'ok', detail: writer.value.signer.fingerprint }
    : fromFailure('keys', 'signing.use', writer.failure);
  return [...recipients, own];
}

async function examineSecrets(ports: Ports, plan: Plan): Promise<readonly Examination[]> {
  const reader = ports.secretsOf(plan);
  return Promise.all(
    Object.keys(plan.secrets).map(async (name): Promise<Examination> => {
      const value = await reader.read(name);
      if (!value.ok) return fromFailure('secrets', name, value.failure);
      return { area: 'secrets', subject: name, state: 'ok', detail: 'readable' };
    }),
  );
}

const LOW_SHARE = 0.1;

async function examineTargets({ repositories, closed, catalog }: Workspace): Promise<readonly Examination[]> {
  const bad = [...closed].map(([name, one]) => fromFailure('targets', name, one.failure));
  const good = await Promise.all(
    [...repositories].map(async ([name, { target, repoId }]): Promise<readonly Examination[]> => {
      const copies = catalog.snapshots.filter((one) =>
        one.copies.some((copy) => copy.target === name),
      ).length;
      const open: Examination = {
        area: 'targets',
        subject: name,
        state: 'ok',
        detail: `repository ${repoId}, ${String(copies)} snapshots`,
      };
      const space = await target.space();
      if (!space.ok || space.value === undefined) return [open];
      const { freeBytes, totalBytes } = space.value;
      const detail = `${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} free`;
      return [
        open,
        {
          area: 'space',
          subject: name,
          state: freeBytes < totalBytes * LOW_SHARE ? 'warning' : 'ok',
          detail,
        },
      ];
    }),
  );
  const problems = catalog.problems
    .filter((one) => repositories.has(one.target))
    .map(({ target, code, message }): Examination => ({
      area: 'targets',
      subject: target,
      state: 'failed',
      detail: `${code}: ${message}`,
    }));
  return [...bad, ...good.flat(), ...problems];
}

async function examineLog(ports: Ports, workspace: Workspace): Promise<readonly Examination[]> {
  const { plan } = workspace;
  const applied = await appliedDigest(ports, workspace);
  if (!applied.ok) return [fromFailure('log', plan.state, applied.failure)];
  if (applied.value === plan.digest)
    return [{ area: 'log', subject: plan.name, state: 'ok', detail: 'the plan file is the applied plan' }];
  const detail =
    applied.value === undefined
      ? 'the plan was never applied'
      : 'the plan file differs from the applied plan';
  const hint = 'Scheduled runs do not apply changes: run `backup-plan apply --yes` once.';
  return [{ area: 'log', subject: plan.name, state: 'warning', detail, hint }];
}

async function appliedDigest(ports: Ports, workspace: Workspace): Promise<Result<string | undefined>> {
  const writer = await writerKey(ports, workspace.plan);
  const applied = await readApplied(workspace, writer.ok ? [writer.value.armored] : []);
  return applied.ok ? ok(applied.value?.digest) : applied;
}

function fromFailure(
  area: Examination['area'],
  subject: string,
  { code, message, hint }: Failure,
): Examination {
  return {
    area,
    subject,
    state: 'failed',
    detail: `${code}: ${message}`,
    hint: hint ?? FAILURE_KINDS[code].remedy,
  };
}
