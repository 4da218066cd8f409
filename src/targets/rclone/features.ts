import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { isHashType, type HashType } from './digests.ts';
import type { Rclone } from './rclone.ts';

/** What the store behind a remote can do, as rclone tells. */
export interface Features {
  /** Those that we can compute too, the strongest first. */
  readonly hashes: readonly HashType[];
  /** A rename, so that an object gets its name when it has been checked. */
  readonly move: boolean;
  /** Folders are only parts of names, and there is no empty one. */
  readonly buckets: boolean;
  readonly space: boolean;
  /** Several objects can have one name. */
  readonly duplicates: boolean;
  readonly isLocal: boolean;
}

const STRONGEST_FIRST = ['sha256', 'sha1', 'md5', 'dropbox'];

export async function readFeatures(rclone: Rclone, remote: string): Promise<Result<Features>> {
  const printed = await rclone.run('asking for features', ['backend', 'features', '--', remote]);
  if (!printed.ok) return printed;
  const parsed = parse(printed.value.toString('utf8'));
  if (parsed === undefined)
    return failed(failure('TOOL_OUTPUT', 'rclone backend features prints no features'));
  const has = (feature: string): boolean => parsed.features[feature] === true;
  return ok({
    hashes: STRONGEST_FIRST.filter(isHashType).filter((type) => parsed.hashes.includes(type)),
    move: has('Move') && !has('BucketBased'),
    buckets: has('BucketBased'),
    space: has('About'),
    duplicates: has('DuplicateFiles'),
    isLocal: has('IsLocal'),
  });
}

function parse(text: string): { features: Record<string, unknown>; hashes: string[] } | undefined {
  try {
    const { Features: features, Hashes: hashes } = JSON.parse(text) as Record<string, unknown>;
    if (typeof features !== 'object' || features === null) return undefined;
    const names = Array.isArray(hashes) ? hashes.filter((name) => typeof name === 'string') : [];
    return { features: features as Record<string, unknown>, hashes: names };
  } catch {
    return undefined;
  }
}
