import { chmod, chown, readdir, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../domain/errno.ts';
import { failure, type Failure } from '../../domain/failure.ts';
import type { LivePlaces, PlaceContext } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { FILE_NAME } from './capture.ts';
import { placeOf, readOptions } from './options.ts';

/** The dump takes the place from which the stopped server will read it. */
export async function placeDump(context: PlaceContext): Promise<Result<LivePlaces>> {
  const { file } = readOptions(context.options, context.planDirectory);
  if (file === undefined) throw new Error('without a file the running server is restored');
  const refused = await appendOnlyRefusal(context, dirname(file));
  if (refused !== undefined) return failed(refused);
  if (context.staging !== undefined) {
    const adopted = await adoptAccess(context, join(context.staging, FILE_NAME), file);
    if (!adopted.ok) return adopted;
  }
  return ok({ places: [{ staged: FILE_NAME, live: file }] });
}

/** A server that keeps an append-only file reads that one when it starts, and no dump. */
async function appendOnlyRefusal({ facts }: PlaceContext, folder: string): Promise<Failure | undefined> {
  const names = await readdir(folder).catch(() => []);
  const found = names.find((name) => name === 'appendonlydir' || name.endsWith('.aof'));
  if (found === undefined && facts['appendOnly'] !== true) return undefined;
  const why =
    found === undefined
      ? 'the server kept an append-only file when the snapshot was taken'
      : `${join(folder, found)} would be read instead`;
  return failure('RESTORE_UNSUPPORTED', `a restored dump would have no effect: ${why}`, {
    hint: 'Start the server with `appendonly no` and without these files, or take `file` out of the plan to restore the running server.',
  });
}

/** The server finds the dump as accessible as the one it knew; where there is none, as its folder. */
async function adoptAccess(
  { owner, fileMode }: PlaceContext,
  staged: string,
  live: string,
): Promise<Result<void>> {
  const known = await stat(live).catch(() => undefined);
  try {
    const facts = known ?? (await stat(dirname(live)));
    if (owner === undefined) await chown(staged, facts.uid, facts.gid);
    if (fileMode === undefined && known !== undefined) await chmod(staged, known.mode & 0o777);
    return ok();
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    const hint = 'Run as root, or say with --owner to whom it belongs.';
    return failed(
      failure('DESTINATION_REFUSED', `the dump cannot be given the owner of ${live} (${code})`, { hint }),
    );
  }
}

/** A server that runs would write its own dump over the restored one when it stops. */
export function serverRuns({ options, planDirectory }: PlaceContext): Promise<Result<string | undefined>> {
  const { connection } = readOptions(options, planDirectory);
  const { socket, host = '127.0.0.1', port = 6379 } = connection;
  return new Promise((resolve) => {
    const probe = connect(socket === undefined ? { host, port } : { path: socket });
    const end = (used: boolean): void => {
      probe.destroy();
      resolve(ok(used ? `a server answers at ${placeOf(connection)}` : undefined));
    };
    probe.setTimeout(REACH_TIMEOUT_MS, () => end(false));
    probe.once('connect', () => end(true)).once('error', () => end(false));
  });
}

const REACH_TIMEOUT_MS = 5000;
