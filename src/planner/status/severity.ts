import { SEVERITIES, type Severity, type StatusFinding } from '../../domain/status.ts';

export function worstOf(findings: readonly StatusFinding[]): Severity {
  const ranks = findings.map(({ severity }) => rank(severity));
  return SEVERITIES[ranks.reduce((worst, one) => Math.max(worst, one), 0)] ?? 'ok';
}

export function worstFirst(a: StatusFinding, b: StatusFinding): number {
  return rank(b.severity) - rank(a.severity);
}

function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}
