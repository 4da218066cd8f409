import type { Failure } from '../domain/failure.ts';
import { plainReason } from '../domain/plain-reason.ts';
import type { CatalogProblem } from '../domain/snapshot.ts';
import type { Repository } from './repository.ts';

const CODES: ReadonlySet<string> = new Set<CatalogProblem['code']>([
  'RECORD_REJECTED',
  'CATALOG_GAP',
  'TARGET_ROLLED_BACK',
  'TARGET_UNREACHABLE',
  'TARGET_TIMEOUT',
  'TARGET_AUTH',
  'TARGET_UNTRUSTED',
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
  const reason = plainReason(target.name, message);
  return { target: target.name, code: known, message: reason, ...(key === undefined ? {} : { key }) };
}
