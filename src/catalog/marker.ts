import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { isSegment } from './keys.ts';
import { integer, isRecord, literal, object, satisfying, text, timestamp } from './shape.ts';

/** The format that this release writes, and the newest that it reads. */
export const FORMAT = 1;

/** The signed payload of `repo.json`. */
export interface Marker {
  readonly type: 'repository';
  readonly version: 1;
  readonly key: 'repo.json';
  /** The same on every target of a plan. */
  readonly repoId: string;
  readonly targetId: string;
  /** Written with this format; a release that knows less must not write. */
  readonly format: number;
  /** A release that knows less must not even read. */
  readonly minReader: number;
  readonly created: string;
  readonly toolVersion: string;
}

const segment = satisfying(isSegment, 'an identity');

const shape = object<Marker>({
  type: literal('repository'),
  version: literal(1),
  key: literal('repo.json'),
  repoId: segment,
  targetId: segment,
  format: integer(1),
  minReader: integer(1),
  created: timestamp,
  toolVersion: text(256),
});

/** `minReader` is judged before everything else, for a newer marker may have fields unknown here. */
export function parseMarker(payload: unknown): Result<Marker> {
  if (isRecord(payload) && typeof payload['minReader'] === 'number' && payload['minReader'] > FORMAT) {
    return failed(
      failure(
        'TARGET_FORMAT',
        `the repository needs a release that reads format ${String(payload['minReader'])}`,
      ),
    );
  }
  const problem = shape(payload, 'marker');
  return problem === undefined ? ok(payload as Marker) : failed(failure('TARGET_NOT_OURS', problem));
}
