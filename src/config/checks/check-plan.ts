import type { Registries } from '../registries.ts';
import type { Report } from '../report.ts';
import type { MapTree } from '../source/tree.ts';
import type { Unknown } from './check-interpolation.ts';

export interface CheckContext {
  readonly registries: Registries;
  readonly report: Report;
  readonly unknown: Unknown;
  /** Where relative paths of the plan start. */
  readonly directory: string;
  readonly nowMs: number;
}

/** Everything that a schema cannot say. Works on plans that the schema refuses, as far as they make sense. */
export async function checkPlan(_tree: MapTree, _context: CheckContext): Promise<void> {
  return Promise.resolve();
}
