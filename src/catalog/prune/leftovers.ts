import type { Leftover } from '../../domain/prune-plan.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { Catalog } from '../../domain/snapshot.ts';
import type { Repository } from '../repository.ts';

export interface LeftoversRequest {
  readonly repository: Repository;
  readonly plan: string;
  readonly catalog: Catalog;
  readonly nowStoreMs: number;
}

export function findLeftovers(_request: LeftoversRequest): Promise<Result<readonly Leftover[]>> {
  return Promise.resolve(ok([]));
}
