import type { Provenance, ShowReport } from '../../domain/list-report.ts';
import { snapshotDocument } from '../list/json.ts';

/** `show --json`. */
export function showDocument({ snapshot, chain, provenance, artifacts, warnings }: ShowReport): object {
  return {
    format: 'backup-plan/show@1.0',
    snapshot: snapshotDocument(snapshot),
    provenance: provenanceDocument(provenance),
    chain: chain.map(({ id, mode }) => ({ id, mode })),
    artifacts,
    warnings,
  };
}

function provenanceDocument({ slot, nextExpectedBy, ...rest }: Provenance): object {
  return {
    ...rest,
    ...(slot !== undefined && { slotAt: slot }),
    ...(nextExpectedBy !== undefined && { nextExpectedAt: nextExpectedBy }),
  };
}
