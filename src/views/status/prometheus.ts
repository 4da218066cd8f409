import { SEVERITIES, type ResourceStatus, type StatusReport } from '../../domain/status.ts';

/** One metric of the text exposition format: all gauges. */
interface Metric {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** Left out where there is nothing to measure. */
  readonly value: number | undefined;
}

/** Metrics for the textfile collector, of one plan or several; ends with a line end. */
export function prometheusText(reports: readonly StatusReport[]): string {
  const metrics = [...planMetrics(reports), ...resourceMetrics(reports), ...targetMetrics(reports)];
  return metrics.map(metricText).join('');
}

function planMetrics(reports: readonly StatusReport[]): Metric[] {
  const perPlan = (name: string, help: string, value: (report: StatusReport) => number): Metric => ({
    name,
    help,
    samples: reports.map((report) => ({ labels: { plan: report.plan }, value: value(report) })),
  });
  const findings = reports.flatMap((report) =>
    SEVERITIES.filter((severity) => severity !== 'ok').map((severity) => ({
      labels: { plan: report.plan, severity },
      value: report.findings.filter((finding) => finding.severity === severity).length,
    })),
  );
  return [
    perPlan('check_timestamp_seconds', 'When this was found out.', ({ atMs }) => atMs / 1000),
    perPlan('severity', '0 ok, 1 warning, 2 critical.', ({ severity }) => SEVERITIES.indexOf(severity)),
    { name: 'findings', help: 'What is wrong or soon will be, by severity.', samples: findings },
  ];
}

function resourceMetrics(reports: readonly StatusReport[]): Metric[] {
  const resources = reports.flatMap(({ plan, resources: all }) =>
    all.filter(({ enabled }) => enabled).map((status) => ({ plan, status })),
  );
  const perResource = (
    name: string,
    help: string,
    value: (status: ResourceStatus) => number | undefined,
  ): Metric => ({
    name: `resource_${name}`,
    help,
    samples: resources.map(({ plan, status }) => ({
      labels: { plan, resource: status.resource },
      value: value(status),
    })),
  });
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);
  return [
    perResource('severity', '0 ok, 1 warning, 2 critical.', ({ severity }) => SEVERITIES.indexOf(severity)),
    perResource('restore_points', 'Good restore points.', ({ restorePoints }) => restorePoints),
    perResource(
      'newest_timestamp_seconds',
      'Time of the data in the newest good restore point.',
      ({ newest }) => seconds(newest?.consistentAtMs),
    ),
    perResource(
      'fresh_timestamp_seconds',
      'Last moment of which the newest good restore point is known to show the source.',
      ({ newest }) => seconds(newest?.unchangedMs ?? newest?.consistentAtMs),
    ),
    perResource(
      'newest_bytes',
      'Stored size of the newest good restore point.',
      ({ newest }) => newest?.bytes,
    ),
    perResource(
      'newest_raw_bytes',
      'The same before compression and encryption.',
      ({ newest }) => newest?.rawBytes,
    ),
    perResource('newest_duration_seconds', 'How long the newest good restore point took.', ({ newest }) =>
      seconds(newest?.durationMs),
    ),
    perResource(
      'newest_copies',
      'Targets that hold the newest good restore point.',
      ({ newest }) =>
        newest?.copies.filter(({ state }) => state === 'present' || state === 'archived').length,
    ),
    perResource(
      'overdue_seconds',
      'How long a schedule has waited in vain; 0 when none has.',
      ({ overdueMs }) => seconds(overdueMs ?? 0),
    ),
    perResource('rpo_seconds', 'Recovery point objective.', ({ rpoMs }) => seconds(rpoMs)),
  ];
}

function targetMetrics(reports: readonly StatusReport[]): Metric[] {
  const targets = reports.flatMap(({ plan, targets: all }) => all.map((status) => ({ plan, status })));
  const perTarget = (
    name: string,
    help: string,
    value: (status: StatusReport['targets'][number]) => number | undefined,
  ): Metric => ({
    name: `target_${name}`,
    help,
    samples: targets.map(({ plan, status }) => ({
      labels: { plan, target: status.target },
      value: value(status),
    })),
  });
  return [
    perTarget('read', '1 when all of its records could be read.', ({ read }) => (read ? 1 : 0)),
    perTarget('free_bytes', 'Free space.', ({ freeBytes }) => freeBytes),
    perTarget('size_bytes', 'Free and used space.', ({ totalBytes }) => totalBytes),
  ];
}

function metricText({ name, help, samples }: Metric): string {
  const full = `backup_plan_${name}`;
  const lines = samples.flatMap(({ labels, value }) =>
    value === undefined ? [] : [`${full}${labelsText(labels)} ${String(value)}`],
  );
  if (lines.length === 0) return '';
  return `${[`# HELP ${full} ${help}`, `# TYPE ${full} gauge`, ...lines].join('\n')}\n`;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
