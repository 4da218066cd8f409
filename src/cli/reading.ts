import { resolve } from 'node:path';
import { createPorts } from '../app/ports.ts';
import { discoverPlans } from '../commands/discover-plans.ts';
import { isFile, planlessPlan } from '../app/planless.ts';
import { archiveWorkspace } from '../commands/archive-workspace.ts';
import { openWorkspace, type Workspace } from '../commands/workspace.ts';
import { readingKeys } from '../commands/read-keys.ts';
import type { Ports } from '../commands/ports.ts';
import type { Opener } from '../domain/cryptography.ts';
import type { Result } from '../domain/result.ts';
import type { Io } from './action.ts';
import type { KeyOptions, OutputOptions, PlanlessOptions, PlanOptions } from './common-options.ts';
import { eachPlan, strayName, type PlanSession } from './each-plan.ts';
import { printFailure, printNote } from './print.ts';

export type ReadingOptions = PlanOptions &
  PlanlessOptions &
  Partial<OutputOptions> & {
    /** Believe nothing that was verified earlier. */
    readonly fresh?: boolean;
    /** A target, or a file that `export` wrote. */
    readonly from?: string;
    /** Judge the policies of the plan too, as a run does. */
    readonly judged?: boolean;
  };

export interface Reading extends PlanSession {
  readonly workspace: Workspace;
}

/**
 * Opens what a reading command looks at: the plans that the options name, or, with --signer, a
 * target alone.
 */
export async function eachReading(
  io: Io,
  options: ReadingOptions,
  use: (reading: Reading) => Promise<number>,
  asked: readonly string[] = [],
): Promise<number> {
  if (options.signer !== undefined) return eachPlanless(io, options, use, asked);
  const policies = options.judged === true ? 'judge' : 'ignore';
  const session = { ...options, policies } as const;
  return eachPlan(io, session, (one) => opened(io, { session: one, options }, use), asked);
}

async function eachPlanless(
  io: Io,
  options: ReadingOptions,
  use: (reading: Reading) => Promise<number>,
  asked: readonly string[],
): Promise<number> {
  const ports = createPorts({
    env: io.env,
    ...(options.now === undefined ? {} : { nowMs: options.now }),
    tell: (note) => {
      printNote(io, note, options);
    },
  });
  const { target = isArchive(options.from) ? options.from : io.cwd } = options;
  const signers = options.signer ?? [];
  const names = await discoverPlans(ports, planlessPlan({ target, signers, name: 'any' }));
  if (!names.ok) return printFailure(io, names.failure, options);
  const stray = strayName(names.value, asked);
  if (stray !== undefined) return printFailure(io, stray, options);
  let worst = 0;
  for (const name of names.value) {
    const session = { plan: planlessPlan({ target, signers, name }), ports, several: names.value.length > 1 };
    worst = Math.max(worst, await opened(io, { session, options }, use));
  }
  return worst;
}

function isArchive(from: string | undefined): from is string {
  return from !== undefined && isFile(from);
}

async function opened(
  io: Io,
  { session, options }: { readonly session: PlanSession; readonly options: ReadingOptions },
  use: (reading: Reading) => Promise<number>,
): Promise<number> {
  const workspace = await openNamed(session, options);
  if (!workspace.ok) return printFailure(io, workspace.failure, options);
  try {
    return await use({ ...session, workspace: workspace.value });
  } finally {
    await workspace.value.close();
  }
}

/** The targets of the plan, the one that is named, or the archive in the place of them all. */
function openNamed({ ports, plan }: PlanSession, options: ReadingOptions): Promise<Result<Workspace>> {
  const named = options.signer === undefined ? (options.target ?? options.from) : undefined;
  const isTarget = named === undefined || plan.targets[named] !== undefined;
  if (!isTarget && isFile(named)) return archiveWorkspace(ports, plan, resolve(named));
  const only = options.signer === undefined ? options.target : undefined;
  return openWorkspace(ports, plan, {
    ...(only === undefined ? {} : { targets: [only] }),
    fresh: options.fresh === true,
  });
}

/** Opens bundles with the keys that the options, the plan and the user's keyring hold. */
export async function openerFor(
  ports: Ports,
  { plan }: Workspace,
  options: KeyOptions,
): Promise<Result<Opener>> {
  const { key = [], passphraseFile } = options;
  const keys = await readingKeys(ports, plan, {
    keyFiles: key,
    ...(passphraseFile === undefined ? {} : { passphraseFile }),
  });
  return ports.cryptography.opener(keys);
}
