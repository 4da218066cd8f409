import type { KeyFacts } from '../../domain/cryptography.ts';
import type { Signing } from '../../domain/plan.ts';
import type { StatusFinding } from '../../domain/status.ts';

const DAY_MS = 86_400_000;
/** Renewing a key takes a review and an escrow: the first notice comes early, and gets louder. */
const NOTICES: readonly { readonly days: number; readonly severity: StatusFinding['severity'] }[] = [
  { days: 7, severity: 'critical' },
  { days: 30, severity: 'warning' },
  { days: 60, severity: 'warning' },
];

/** Keys that no longer work, or soon will not. */
export function assessKeys(keys: readonly KeyFacts[], nowMs: number): StatusFinding[] {
  return keys.flatMap((key) => {
    if (key.revoked) return [finding(key.file, 'critical', 'is revoked')];
    if (key.defect !== undefined) return [finding(key.file, 'critical', key.defect)];
    return key.expiresMs === undefined ? [] : expiry(key.file, key.expiresMs, nowMs);
  });
}

/** Signers whose records the plan soon stops accepting. */
export function assessSigners({ keys }: Signing, nowMs: number): StatusFinding[] {
  return Object.values(keys).flatMap(({ name, untilMs }) =>
    untilMs === undefined ? [] : expiry(`signer ${name}`, untilMs, nowMs),
  );
}

function expiry(name: string, atMs: number, nowMs: number): StatusFinding[] {
  const date = new Date(atMs).toISOString().slice(0, 10);
  if (atMs <= nowMs) return [finding(name, 'critical', `expired on ${date}`)];
  const notice = NOTICES.find(({ days }) => atMs - nowMs <= days * DAY_MS);
  if (notice === undefined) return [];
  const days = Math.floor((atMs - nowMs) / DAY_MS);
  const left = days === 0 ? 'today' : `in ${String(days)} day${days === 1 ? '' : 's'}`;
  return [finding(name, notice.severity, `expires ${left}, on ${date} (${String(notice.days)}-day notice)`)];
}

function finding(name: string, severity: StatusFinding['severity'], message: string): StatusFinding {
  return { check: 'expiry', severity, subject: { kind: 'key', name }, message };
}
