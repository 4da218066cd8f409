import type { DueBackup, IdleResource } from '../../domain/due.ts';
import { isoText } from '../time.ts';

export function dueDocument(due: DueBackup): object {
  const { resource, mode, reason, targets, waiting, slotMs, nextExpectedByMs, ...rest } = due;
  return {
    resource,
    mode,
    reason,
    targets,
    ...(waiting !== undefined && {
      waiting: waiting.map(({ target, tickMs }) => ({ target, tickAt: isoText(tickMs) })),
    }),
    ...rest,
    ...(slotMs !== undefined && { slotAt: isoText(slotMs) }),
    ...(nextExpectedByMs !== undefined && { nextExpectedAt: isoText(nextExpectedByMs) }),
  };
}

export function idleDocument({ nextMs, ...rest }: IdleResource): object {
  return { ...rest, ...(nextMs !== undefined && { nextAt: isoText(nextMs) }) };
}
