import type { MarkRecord } from '../../domain/mark.ts';
import { ok, type Result } from '../../domain/result.ts';
import { readLifeEvents } from './look-again.ts';
import { readMarks } from './marks.ts';
import type { ReadingPlace } from '../read-folder.ts';

export interface AncestorQuestion extends ReadingPlace {
  readonly snapshotIds: readonly string[];
}

/** Marks on these snapshots of one target that nobody cancelled. */
export async function ancestorMarks(question: AncestorQuestion): Promise<Result<readonly MarkRecord[]>> {
  const marks: MarkRecord[] = [];
  for (const snapshotId of question.snapshotIds) {
    const found = await readMarks(question, snapshotId);
    if (!found.ok) return found;
    marks.push(...found.value.map(({ value }) => value));
  }
  if (marks.length === 0) return ok([]);
  const life = await readLifeEvents(question);
  if (!life.ok) return life;
  return ok(marks.filter(({ snapshotId, runId }) => !life.value.isCancelled(snapshotId, runId)));
}
