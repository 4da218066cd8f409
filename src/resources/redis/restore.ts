import { createReadStream } from 'node:fs';
import { chmod, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../../domain/failure.ts';
import type { RestoreContext, RestoreOutcome } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { ARTIFACT, FILE_NAME } from './capture.ts';
import { createRdbScanner, type Rdb } from './rdb-scanner.ts';

/** The dump as a file that a server can start with. */
export async function restoreDump(context: RestoreContext): Promise<Result<RestoreOutcome>> {
  if (context.only.length > 0) {
    const hint = 'Leave --only out.';
    return failed(failure('RESTORE_UNSUPPORTED', 'a dump of Redis can only be restored whole', { hint }));
  }
  const link = context.chain.at(-1) ?? context.chain[0];
  const path = join(context.staging, FILE_NAME);
  const delivered = await link.deliver(ARTIFACT, { kind: 'file', path });
  if (!delivered.ok) return delivered;
  const dump = await scan(path);
  if (typeof dump === 'string') return failed(failure('CORRUPT', `the restored dump ${dump}`));
  if (dump.trailing > 0) await truncate(path, dump.bytes);
  const owned = await setOwnership(context, path);
  return owned.ok ? ok({ entries: 1, bytes: (await stat(path)).size, warnings: [] }) : owned;
}

async function scan(path: string): Promise<Rdb | string> {
  const scanner = createRdbScanner();
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) scanner.push(chunk as Buffer);
  return scanner.finish();
}

async function setOwnership(
  { owner, fileMode = 0o600, tools, signal }: RestoreContext,
  path: string,
): Promise<Result<void>> {
  await chmod(path, fileMode);
  if (owner === undefined) return ok();
  const run = await tools.run({ argv: ['chown', '--', owner, path] }, { signal });
  if (!run.ok) return run;
  if (run.value.exitCode === 0) return ok();
  const toolOutput = run.value.stderr;
  return failed(failure('RESTORE_FAILED', `the dump cannot be given to ${owner}`, { toolOutput }));
}
