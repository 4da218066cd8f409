import { resolve } from 'node:path';
import { failure } from './failure.ts';
import { failed, ok, type Result } from './result.ts';

export interface PlannedPaths {
  readonly planDirectory: string;
  /** As the plan spells them. */
  readonly paths: readonly string[];
}

/**
 * A snapshot says from where it was taken, and whoever may write snapshots may say anything. What may
 * be replaced is for the plan alone to say.
 */
export function checkPlanned(configured: string, { planDirectory, paths }: PlannedPaths): Result<void> {
  const place = resolve(planDirectory, configured);
  if (paths.some((path) => resolve(planDirectory, path) === place)) return ok();
  return failed(
    failure('DESTINATION_REFUSED', `the snapshot was taken from ${place}, which the plan does not name`, {
      hint: 'Restore it into a new folder with --to, or say with --map where it shall go.',
    }),
  );
}
