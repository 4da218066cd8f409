import { failure, type Failure } from '../domain/failure.ts';
import type { Target, TransferOptions } from '../domain/target.ts';

export interface ObjectCopy {
  readonly object: { readonly key: string; readonly bytes: number; readonly sha256: string };
  readonly from: Target;
  readonly to: Target;
  readonly transfer: TransferOptions;
}

/** Whose fault a failure is: after one of the source, another source is worth a try. */
export type ObjectCopied =
  | { readonly ok: true }
  | { readonly ok: false; readonly blame: 'source' | 'target'; readonly failure: Failure };

export function damageOf(
  { object, from }: Pick<ObjectCopy, 'object' | 'from'>,
  { total, sha256 }: { readonly total: number; readonly sha256: string },
): Failure | undefined {
  if (total === object.bytes && sha256 === object.sha256) return undefined;
  return failure('CORRUPT', `${object.key} on ${from.name} is not what its record says`);
}

export function blameSource(why: Failure): ObjectCopied {
  return { ok: false, blame: why.code === 'INTERRUPTED' ? 'target' : 'source', failure: why };
}

export function blameTarget(why: Failure): ObjectCopied {
  return { ok: false, blame: 'target', failure: why };
}
