import { failure } from './failure.ts';
import { failed, ok, type Result } from './result.ts';

/**
 * A snapshot says from where it was taken, and whoever may write snapshots may say anything. What may
 * be replaced is for the plan alone to say. All paths are absolute.
 */
export function checkPlanned(place: string, planned: readonly string[]): Result<void> {
  if (planned.includes(place)) return ok();
  return failed(
    failure('DESTINATION_REFUSED', `the snapshot was taken from ${place}, which the plan does not name`, {
      hint: 'Restore it into a new folder with --to, or say with --map where it shall go.',
    }),
  );
}
