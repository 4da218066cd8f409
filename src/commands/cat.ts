import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { Opener } from '../domain/cryptography.ts';
import type { Ports } from './ports.ts';
import { select } from './restore/select.ts';
import { restoreTo } from './restore/to-folder.ts';
import type { Workspace } from './workspace.ts';

export interface CatRequest {
  readonly reference: string;
  readonly path: string;
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
  readonly note: (message: string) => void;
}

/** Writes one file of a snapshot to `output`, after all of it has been checked. */
export async function cat(
  context: { readonly ports: Ports; readonly workspace: Workspace; readonly opener: Opener },
  request: CatRequest,
): Promise<Result<void>> {
  const scratch = await context.ports.makePrivateDirectory(
    context.workspace.plan.scratchDirectory,
    'backup-plan-cat',
  );
  if (!scratch.ok) return scratch;
  try {
    const to = join(scratch.value.path, 'restored');
    const path = request.path.replace(/^\/+/, '');
    const selection = select(context.ports, context.workspace, request.reference);
    if (!selection.ok) return selection;
    const { signal, note } = request;
    const restored = await restoreTo(context, {
      selections: [selection.value],
      request: { only: [path], map: [], numericOwner: false, signal, note },
      to,
      several: false,
    });
    if (!restored.ok) return restored;
    return await copyFile(join(to, path), request);
  } finally {
    await scratch.value.remove();
  }
}

async function copyFile(file: string, request: CatRequest): Promise<Result<void>> {
  const facts = await lstat(file).catch(() => undefined);
  if (facts?.isFile() !== true) {
    return failed(failure('NOT_FOUND', `${request.path} is no regular file in ${request.reference}`));
  }
  await pipeline(createReadStream(file), request.output, { end: false });
  return ok();
}
