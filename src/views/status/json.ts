import type { ResourceStatus, StatusReport } from '../../domain/status.ts';
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
}: StatusReport): unknown {
  return {
    format: 'backup-plan/status@1.0',
    plan,
    at: isoText(atMs),
    severity,
    resources: resources.map(resourceDocument),
    targets,
    findings,
    exitCode,
  };
}

function resourceDocument({ newest, nextMs, ...rest }: ResourceStatus): unknown {
  return {
    ...rest,
    newest: newestDocument(newest),
    ...(nextMs === undefined ? {} : { next: isoText(nextMs) }),
  };
}

function newestDocument(newest: ResourceStatus['newest']): unknown {
  if (newest === undefined) return null;
  const { consistentAtMs, ...rest } = newest;
  return { ...rest, consistentAt: isoText(consistentAtMs) };
}
