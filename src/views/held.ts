import type { HeldRelease } from '../domain/plan-report.ts';
import { counted } from './quantity.ts';
import type { Style } from './style.ts';

/** What retention released and a prune leaves alone, and why. */
export function heldLines(held: readonly HeldRelease[], style: Style): readonly string[] {
  return held.flatMap(({ target, resource, snapshots, failure }) => {
    const where = resource === undefined ? target : `${resource} on ${target}`;
    const what = `${counted(snapshots, 'snapshot')} of ${where} not pruned: ${failure.message} (${failure.code})`;
    const hint = failure.hint === undefined ? [] : [style.faint(style.text(`  hint: ${failure.hint}`))];
    return [`${style.caution('!')} ${style.text(what)}`, ...hint];
  });
}

export function heldDocument({ target, resource, snapshots, failure }: HeldRelease): object {
  const { code, message, hint } = failure;
  return {
    target,
    ...(resource !== undefined && { resource }),
    snapshots,
    code,
    message,
    ...(hint !== undefined && { hint }),
  };
}
