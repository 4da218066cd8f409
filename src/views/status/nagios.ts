import type { Severity, StatusFinding, StatusReport } from '../../domain/status.ts';
import { escapeLine } from '../escape.ts';
import { counted } from '../quantity.ts';

/** What a Nagios plugin prints and returns: 0 ok, 1 warning, 2 critical, 3 unknown. */
export interface NagiosResult {
  readonly line: string;
  readonly exitCode: 0 | 1 | 2 | 3;
}

const WORDS = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;
const SHOWN_FINDINGS = 5;

/** One line for one plan or several: the worst findings, then the ages as performance data. */
export function nagiosResult(reports: readonly StatusReport[]): NagiosResult {
  const findings = reports.flatMap(({ plan, findings: all }) => all.map((finding) => ({ plan, finding })));
  const exitCode = exitCodeOf(reports);
  const critical = findings.filter(({ finding }) => finding.severity === 'critical');
  const worstFirst = [...critical, ...findings.filter(({ finding }) => finding.severity !== 'critical')];
  const shown = worstFirst.slice(0, SHOWN_FINDINGS).map(({ plan, finding }) => findingText(plan, finding));
  const hidden = worstFirst.length - shown.length;
  const more = hidden > 0 ? [`${String(hidden)} more`] : [];
  const resources = reports.reduce((sum, report) => sum + report.resources.length, 0);
  const said =
    worstFirst.length === 0 ? `${counted(resources, 'resource')} as planned` : [...shown, ...more].join('; ');
  return { line: `BACKUP ${WORDS[exitCode]} - ${plain(said)}${performanceData(reports)}`, exitCode };
}

/** What is stale for certain outweighs what could not be read. */
function exitCodeOf(reports: readonly StatusReport[]): NagiosResult['exitCode'] {
  const has = (wanted: Severity, unread: boolean) =>
    reports.some(({ findings }) =>
      findings.some(({ severity, check }) => severity === wanted && (check === 'catalog') === unread),
    );
  if (has('critical', false)) return 2;
  if (reports.some(({ exitCode }) => exitCode === 9) || has('critical', true)) return 3;
  return has('warning', false) ? 1 : 0;
}

function findingText(plan: string, { subject, message }: StatusFinding): string {
  return `${plan}/${subject.name}: ${message}`;
}

/** A bar would begin the performance data. */
function plain(text: string): string {
  return escapeLine(text).replaceAll('|', '/');
}

function performanceData(reports: readonly StatusReport[]): string {
  const ages = reports.flatMap(({ plan, resources }) =>
    resources.flatMap(({ resource, newest, rpoMs }) => {
      if (newest === undefined) return [];
      const limit = rpoMs === undefined ? '' : `;;${String(Math.floor(rpoMs / 1000))}`;
      return [`'${plan}/${resource}'=${String(Math.floor(newest.ageMs / 1000))}s${limit}`];
    }),
  );
  return ages.length === 0 ? '' : ` | ${ages.join(' ')}`;
}
