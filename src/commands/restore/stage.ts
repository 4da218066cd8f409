import {
  liveRestoreOf,
  type LoadContext,
  type RestoreContext,
  type RestoreOutcome,
} from '../../domain/resource-type.ts';
import type { Result } from '../../domain/result.ts';
import { openTransport } from '../../transport/transport.ts';
import type { Links } from './read-chain.ts';
import type { RestoreRequest, RestoreTools, Selection } from './request.ts';

export interface StageRequest {
  readonly selection: Selection;
  readonly request: RestoreRequest;
  readonly links: Links;
  /** Existing empty private folder. */
  readonly staging: string;
}

/** Lets the resource's type put a chain into an empty folder, proven whole. */
export async function stage(tools: RestoreTools, request: StageRequest): Promise<Result<RestoreOutcome>> {
  const { type } = request.selection;
  const run = type.restore?.bind(type);
  if (run === undefined) throw new Error(`type ${type.type} lost its restore`);
  return withScratch(tools, (scratch) => run(contextOf(tools, request, scratch)));
}

/** Lets the resource's type load into what is running what was staged before. */
export async function load(tools: RestoreTools, request: StageRequest): Promise<Result<RestoreOutcome>> {
  const { type, options, spec } = request.selection;
  const live = liveRestoreOf(type, options);
  if (live?.kind !== 'load') throw new Error(`type ${type.type} loads nothing`);
  const { ports, workspace } = tools;
  const transport = await openTransport(spec?.via, {
    tools: ports.tools,
    environment: ports.environment,
    planDirectory: workspace.plan.directory,
    signal: request.request.signal,
  });
  if (!transport.ok) return transport;
  const { tools: there } = transport.value;
  return withScratch(tools, (scratch) => live.load({ ...contextOf(tools, request, scratch), tools: there }));
}

async function withScratch<T>(
  { ports, workspace }: RestoreTools,
  use: (scratch: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  const scratch = await ports.makePrivateDirectory(workspace.plan.scratchDirectory, 'backup-plan-restore');
  if (!scratch.ok) return scratch;
  try {
    return await use(scratch.value.path);
  } finally {
    await scratch.value.remove();
  }
}

function contextOf(
  { ports, workspace }: RestoreTools,
  { selection, request, links, staging }: StageRequest,
  scratch: string,
): RestoreContext & LoadContext {
  return {
    resource: selection.snapshot.resource,
    options: selection.options,
    planDirectory: workspace.plan.directory,
    staging,
    scratch,
    chain: links,
    only: request.only,
    ...ownership({ selection, request }),
    numericOwner: request.numericOwner,
    map: request.map,
    tools: ports.tools,
    secrets: ports.secretsOf(workspace.plan),
    signal: request.signal,
  };
}

/** What the command line says counts before what the plan says. */
export function ownership({
  selection: { spec },
  request,
}: Pick<StageRequest, 'selection' | 'request'>): Pick<RestoreContext, 'owner' | 'fileMode'> {
  const owner = request.owner ?? spec?.restore.owner;
  const fileMode = spec?.restore.fileMode;
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(fileMode === undefined ? {} : { fileMode }),
  };
}
