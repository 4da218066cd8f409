import type { CatalogProblem } from '../../domain/snapshot.ts';
import type { CopyCheck, VerifyReport } from '../../domain/verify-report.ts';
import { failureLines } from '../failure/human.ts';
import { formatBytes } from '../../domain/size.ts';
import { counted } from '../quantity.ts';
import type { Style } from '../style.ts';

/** One checked copy. */
export function checkLine(check: CopyCheck, style: Style): string {
  const place = style.text(`${check.resource}@${check.snapshotId} on ${check.target}`);
  if (check.failure === undefined) {
    return `${style.good(style.symbols.succeeded)} ${place}  ${check.level} ok, ${formatBytes(check.bytes)}`;
  }
  if (check.failure.code === 'ARCHIVED')
    return `${style.caution(style.symbols.waiting)} ${place}  archived, not checked`;
  return [
    `${style.bad(style.symbols.failed)} ${place}`,
    ...failureLines(check.failure, style).map((line) => `    ${line}`),
  ].join('\n');
}

export function summaryLines({ level, checks, problems }: VerifyReport, style: Style): readonly string[] {
  const archived = checks.filter(({ failure }) => failure?.code === 'ARCHIVED').length;
  const checked = checks.filter(({ failure }) => failure?.code !== 'ARCHIVED');
  const bad = checked.filter((check) => check.failure !== undefined).length;
  const bytes = checked.reduce((sum, check) => sum + check.bytes, 0);
  const copies = checked.length === 1 ? '1 copy' : `${String(checked.length)} copies`;
  const verdict =
    bad === 0 ? style.good(`${copies} passed`) : style.bad(`${String(bad)} of ${copies} failed`);
  return [
    ...problems.map((problem) => problemLine(problem, style)),
    `${verdict} at level ${level} (${formatBytes(bytes)})${archived === 0 ? '' : `, ${String(archived)} archived and not checked`}${problems.length === 0 ? '' : `, ${counted(problems.length, 'problem')} in the catalog`}.`,
  ];
}

function problemLine({ target, key, code, message }: CatalogProblem, style: Style): string {
  const where = key === undefined ? target : `${target}: ${key}`;
  return `${style.bad(style.symbols.failed)} ${code}: ${style.text(`${where}: ${message}`)}`;
}
