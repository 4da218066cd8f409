import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { isRecord } from './shape.ts';

/** The place at which an object was found. */
export interface Place {
  readonly type: 'repository' | 'snapshot' | 'event' | 'log' | 'mark' | 'checkpoint';
  readonly repoId: string;
  readonly targetId: string;
  /** Absent for the marker, which belongs to no plan. */
  readonly plan?: string;
  readonly key: string;
}

/** The newest version of each payload that this release reads. */
const KNOWN_VERSION = 1;

/**
 * A validly signed payload counts only where it says it belongs: copied to another key, plan,
 * target or repository it is refused. A newer version is told apart, because it is no attack.
 */
export function checkBinding(payload: unknown, place: Place): Result<void> {
  if (!isRecord(payload)) return failed(failure('RECORD_REJECTED', 'payload is not an object'));
  const names = ['repoId', 'targetId', 'plan', 'type', 'key'] as const;
  const wrong = names.find((name) => payload[name] !== place[name]);
  if (wrong !== undefined)
    return failed(failure('RECORD_REJECTED', `${wrong} does not belong to the place of the record`));
  if (typeof payload['version'] === 'number' && payload['version'] > KNOWN_VERSION) {
    return failed(failure('TARGET_FORMAT', `${place.type} record of a newer release`));
  }
  return ok();
}
