import type { ShowReport } from '../../domain/list-report.ts';
import { snapshotDocument } from '../list/json.ts';

/** `show --json`. */
export function showDocument({ snapshot, chain, provenance, artifacts, warnings }: ShowReport): unknown {
  return {
    format: 'backup-plan/show@1.0',
    snapshot: snapshotDocument(snapshot),
    provenance,
    chain: chain.map(({ id, mode }) => ({ id, mode })),
    artifacts,
    warnings,
  };
}
