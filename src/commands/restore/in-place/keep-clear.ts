import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { failure, type Failure } from '../../../domain/failure.ts';
import { failed, ok, type Result } from '../../../domain/result.ts';
import { restoresDirectory } from '../../../swap/state-directory.ts';
import type { RestoreTools } from '../request.ts';
import type { Prepared } from './prepare.ts';

interface Live {
  readonly resource: string;
  readonly path: string;
}

/**
 * Refuses live places that would be exchanged together with what the restore needs to go on and to go
 * back: its journals, the backups themselves, or the live place of another resource.
 */
export async function checkClear(
  { ports, workspace }: RestoreTools,
  prepared: readonly Prepared[],
): Promise<Result<void>> {
  const places = prepared.flatMap(({ selection, sites }) =>
    sites.map(({ live }): Live => ({ resource: selection.snapshot.resource, path: live })),
  );
  const twice = clashOf(places);
  if (twice !== undefined) return failed(twice);
  const needed = [
    { what: 'the journals of restores', path: restoresDirectory(ports.environment) },
    ...Object.values(workspace.plan.targets).flatMap(({ name, type, options }) => {
      const path = ports.targetTypes.get(type)?.localFolder?.(options, workspace.plan.directory);
      return path === undefined ? [] : [{ what: `target ${name}`, path }];
    }),
  ];
  for (const { what, path } of needed) {
    const spellings = [path, await reallyAt(path)];
    const taken = places.find((live) => spellings.some((one) => overlap(live.path, one)));
    if (taken !== undefined) return failed(holds(taken.path, what, path));
  }
  return ok();
}

function clashOf(places: readonly Live[]): Failure | undefined {
  for (const one of places) {
    const other = places.find(({ resource, path }) => resource !== one.resource && overlap(path, one.path));
    if (other === undefined) continue;
    const message = `${one.path} of ${one.resource} and ${other.path} of ${other.resource} cannot be replaced together`;
    return failure('DESTINATION_REFUSED', message, { hint: 'Restore one of them, then the other one.' });
  }
  return undefined;
}

function holds(live: string, what: string, path: string): Failure {
  return failure('DESTINATION_REFUSED', `${live} cannot be replaced: ${what} would go with it (${path})`, {
    hint: 'Name other paths with --only, or restore into a new folder with --to.',
  });
}

function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

/** Every link followed in as much of the path as there is. */
async function reallyAt(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path === dirname(path) ? path : join(await reallyAt(dirname(path)), basename(path));
  }
}
