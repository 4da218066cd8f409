import type { Examination } from '../../domain/doctor-report.ts';
import type { Ports } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import { examineKeys, examineSecrets } from './keys.ts';
import { examineLog } from './log.ts';
import { examineStores, type Probing } from './stores.ts';
import { examineTargets } from './targets.ts';
import { examineTools } from './tools.ts';

/**
 * Looks at everything that tonight's run needs. Changes nothing but what a probe of the stores makes:
 * a few small objects, removed again where that is allowed, and the signed event that keeps the result.
 */
export async function examine(
  ports: Ports,
  workspace: Workspace,
  probing: Probing,
): Promise<readonly Examination[]> {
  const { plan } = workspace;
  return [
    ...(await examineTools(ports, plan)),
    ...(await examineKeys(ports, plan)),
    ...(await examineSecrets(ports, plan)),
    ...(await examineTargets(workspace)),
    ...(await examineStores(ports, workspace, probing)),
    ...(await examineLog(ports, workspace)),
  ];
}
