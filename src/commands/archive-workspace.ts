import { USUAL_TARGET_LIMITS, type Plan } from '../domain/plan.ts';
import type { Result } from '../domain/result.ts';
import type { Ports } from './ports.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

/** Name under which an archive takes the place of the targets of a plan. */
const ARCHIVE = 'archive';

/** A file that `export` wrote, as the only target of a plan: believed where the plan's signers signed it. */
export function archiveWorkspace(ports: Ports, plan: Plan, file: string): Promise<Result<Workspace>> {
  const spec = {
    name: ARCHIVE,
    type: 'archive',
    options: { path: file },
    offsite: false,
    prune: 'separate' as const,
    limits: USUAL_TARGET_LIMITS,
  };
  return openWorkspace(ports, { ...plan, state: ARCHIVE, targets: { [ARCHIVE]: spec } }, { fresh: true });
}
