import type { NewestSnapshot, ResourceStatus, StatusReport } from '../../domain/status.ts';
import { isoText } from '../time.ts';

/** `status --json`. */
export function statusDocument({
  plan,
  atMs,
  severity,
  resources,
  targets,
  findings,
  exitCode,
}: StatusReport): object {
  return {
    format: 'backup-plan/status@1.0',
    plan,
    at: isoText(atMs),
    severity,
    resources: resources.map(resourceDocument),
    targets: targets.map(({ target, ...rest }) => ({ name: target, ...rest })),
    findings,
    exitCode,
  };
}

function resourceDocument({ newest, nextMs, ...rest }: ResourceStatus): object {
  return {
    ...rest,
    ...(newest !== undefined && { newest: newestDocument(newest) }),
    ...(nextMs !== undefined && { nextAt: isoText(nextMs) }),
  };
}

function newestDocument({ consistentAtMs, unchangedMs, copies, ...rest }: NewestSnapshot): object {
  return {
    ...rest,
    consistentAt: isoText(consistentAtMs),
    ...(unchangedMs !== undefined && { unchangedAt: isoText(unchangedMs) }),
    targets: copies.map(({ target, state }) => ({ name: target, state })),
  };
}
