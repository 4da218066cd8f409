/** How a snapshot was taken. The same words in plans, records and output. */
export const MODES = ['full', 'incremental', 'differential', 'schema', 'data', 'dump', 'base'] as const;

export type Mode = (typeof MODES)[number];

/** Modes from which `@latest` may choose and which count for the recovery point objective. */
const RESTORE_POINTS: ReadonlySet<Mode> = new Set<Mode>(['full', 'incremental', 'differential', 'base']);

export function isRestorePoint(mode: Mode): boolean {
  return RESTORE_POINTS.has(mode);
}

/** Modes that need an earlier snapshot of the same resource. */
export function needsParent(mode: Mode): boolean {
  return mode === 'incremental' || mode === 'differential';
}
