import type { ProtectedTarget, ProtectionReport } from '../../domain/protection-report.ts';
import { failureLines } from '../failure/human.ts';
import type { Style } from '../style.ts';
import { minuteText } from '../time.ts';

export function protectionLines(report: ProtectionReport, style: Style): readonly string[] {
  const { action, resource, snapshotId, targets } = report;
  const name = style.text(`${resource}@${snapshotId}`);
  const good = targets.filter(({ state }) => state === 'written' || state === 'restored');
  const places = style.text(good.map(({ target }) => target).join(', '));
  const head =
    good.length === 0 ? [] : [`${style.good(style.symbols.succeeded)} ${name} ${said(report)} on ${places}.`];
  const next =
    action === 'undelete' && good.length > 0
      ? [
          style.faint(
            style.text(
              `It is pinned now: \`backup-plan unpin ${resource}@${snapshotId}\` leaves it to retention again.`,
            ),
          ),
        ]
      : [];
  return [...head, ...targets.flatMap((one) => troubleLines(one, style)), ...next];
}

function said({ action, untilMs }: ProtectionReport): string {
  if (action === 'unpin') return 'is no longer pinned';
  if (action === 'undelete') return 'is back';
  return untilMs === undefined ? 'is pinned until it is unpinned' : `is pinned until ${minuteText(untilMs)}`;
}

function troubleLines({ target, state, failure }: ProtectedTarget, style: Style): readonly string[] {
  const name = style.text(target);
  if (state === 'unknown')
    return [
      `${style.caution('unknown')} ${name}: a prune is deleting there at this moment; run it again to see how it ended`,
    ];
  if (state === 'purged') return [`${style.bad(style.symbols.failed)} ${name}: its data is gone already`];
  if (failure === undefined) return [];
  return [
    `${style.bad(style.symbols.failed)} ${name}`,
    ...failureLines(failure, style).map((line) => `    ${line}`),
  ];
}
