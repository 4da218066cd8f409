import { randomBytes } from 'node:crypto';
import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Features } from './features.ts';
import type { Rclone } from './rclone.ts';

/** An opened target. */
export interface Place {
  readonly rclone: Rclone;
  readonly remote: string;
  readonly features: Features;
  readonly readBack: boolean;
  /** Key of the folder in which uploads of this process lie before they have been checked. */
  readonly temporary: string;
}

/** What rclone calls an object. Keys are of the grammar; anything that could leave the place is a bug of the caller. */
export function addressOf({ remote }: Pick<Place, 'remote'>, key: string): string {
  const bad = key
    .split('/')
    .some((segment) => segment === '' || segment === '.' || segment === '..' || segment.includes('\0'));
  if (bad) throw new RangeError(`not a key: ${JSON.stringify(key)}`);
  return remote.endsWith(':') ? `${remote}${key}` : `${remote}/${key}`;
}

/** The absence of an object means something only where its place is there. */
export async function requirePlace({
  rclone,
  remote,
  features,
}: Pick<Place, 'rclone' | 'remote' | 'features'>): Promise<Result<void>> {
  // A bucket has no folders to look at, so that its names are listed.
  const how = features.buckets ? [] : ['--stat'];
  const found = await rclone.run(`looking at ${remote}`, ['lsjson', ...how, '--no-mimetype', '--', remote]);
  if (found.ok) return ok();
  if (found.failure.code !== 'NOT_FOUND') return found;
  const facts = { absent: true };
  return failed(failure('TARGET_UNREACHABLE', `${remote} does not exist`, { facts }));
}

/** A key for an upload on its way; prune collects what a crash leaves. */
export function temporaryKey({ temporary }: Place): string {
  return `${temporary}/new-${randomBytes(8).toString('hex')}`;
}
