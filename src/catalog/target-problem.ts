import type { Failure } from '../domain/failure.ts';
import type { CatalogProblem } from '../domain/snapshot.ts';
import type { Repository } from './repository.ts';

const CODES: ReadonlySet<string> = new Set<CatalogProblem['code']>([
  'RECORD_REJECTED',
  'CATALOG_GAP',
  'TARGET_ROLLED_BACK',
  'TARGET_UNREACHABLE',
  'TARGET_NOT_OURS',
  'TARGET_FORMAT',
  'TARGET_UNSAFE',
  'TARGET_DENIED',
  'TARGET_IO',
  'CORRUPT',
]);

/** A failure about a target, as the catalog reports it. */
export function problemOf({ target }: Repository, { code, message }: Failure, key?: string): CatalogProblem {
  const known = CODES.has(code) ? (code as CatalogProblem['code']) : 'TARGET_IO';
  return { target: target.name, code: known, message, ...(key === undefined ? {} : { key }) };
}
