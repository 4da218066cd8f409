import type { Snapshot } from './snapshot.ts';

/** Label of the snapshot that a restore takes of what it is about to replace. */
export function safetyLabel(restoreId: string): string {
  return `before-${restoreId}`;
}

const SAFETY_LABEL = /^before-[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/**
 * Holds what somebody wanted to be rid of. It is to be named by its id or label and never meant by
 * "the newest one", or a restore that is repeated would bring back what the first one replaced.
 */
export function isSafetySnapshot({ record: { label = '' } }: Snapshot): boolean {
  return SAFETY_LABEL.test(label);
}
