import type { CatalogProblem } from '../../domain/snapshot.ts';
import { groupByResource, historyOf } from '../history.ts';
import { brokenAnnouncements, type AnnouncementsInput } from './announcements.ts';

/** What is well signed and whole, and cannot be right all the same at this moment. */
export function catalogDoubts(input: AnnouncementsInput): readonly CatalogProblem[] {
  const stale = brokenAnnouncements(input).map(({ target, message }): CatalogProblem => ({
    target,
    code: 'TARGET_STALE',
    message,
  }));
  return [...stale, ...datedAhead(input)];
}

function datedAhead({ catalog, nowMs }: AnnouncementsInput): CatalogProblem[] {
  return [...groupByResource(catalog.snapshots).values()].flatMap((snapshots) =>
    historyOf(snapshots, [], nowMs).fromFuture.flatMap(({ id, copies }) =>
      copies.map(({ target, record }): CatalogProblem => ({
        target,
        key: record.key,
        code: 'DATED_AHEAD',
        message: `${id} is dated in the future`,
      })),
    ),
  );
}
