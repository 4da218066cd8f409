import type {
  ListedArtifact,
  ListedCopy,
  ListedRetention,
  ListedSnapshot,
  Provenance,
  ShowReport,
} from '../../domain/list-report.ts';
import { formatBytes } from '../../domain/size.ts';
import { humanDuration } from '../quantity.ts';
import type { Style } from '../style.ts';
import { tableLines, type Cell } from '../table.ts';
import { minuteText, relativeText } from '../time.ts';

/** One snapshot: what it is, where it lies, where it comes from, what it needs. */
export function showLines(report: ShowReport, style: Style): readonly string[] {
  const { snapshot, warnings } = report;
  const { resource, id, mode, consistentAtMs } = snapshot;
  const head = `${resource}@${id} · ${mode}, ${minuteText(consistentAtMs)} (${relativeText(consistentAtMs, report.atMs)})`;
  const facts = [
    ...snapshotFacts(snapshot, report.atMs),
    ...chainFacts(report),
    ...provenanceFacts(report.provenance),
  ];
  const rows = facts.map(([name, value]): Cell[] => [
    { text: name, paint: style.faint },
    { text: style.text(value) },
  ]);
  return [
    style.text(head),
    goodLine(snapshot, style),
    ...tableLines(rows).map((line) => `  ${line}`),
    ...report.artifacts.flatMap((artifact) => artifactLines(artifact, style)),
    ...warnings.map((warning) => `  ${style.caution('warning:')} ${style.text(warning)}`),
  ];
}

type Fact = readonly [name: string, value: string];

function goodLine({ good, defect, status }: ListedSnapshot, style: Style): string {
  if (!good) return `  ${style.bad(style.symbols.failed)} ${style.text(`NOT GOOD: ${defect ?? 'damaged'}`)}`;
  const word = status === 'complete' ? 'good' : 'good, with warnings';
  return `  ${style.good(style.symbols.succeeded)} ${word}`;
}

function snapshotFacts(snapshot: ListedSnapshot, nowMs: number): Fact[] {
  const { type, bytes, rawBytes, entries, label, groupId, targets, verified, retention, pinned } = snapshot;
  return [
    ['type', type],
    [
      'size',
      `${formatBytes(bytes)} stored, ${formatBytes(rawBytes)} before compression, ${indexText(entries)}`,
    ],
    ...optional('label', label),
    ...optional('group', groupId),
    ['copies', targets.map(copyText).join(', ')],
    ...optional(
      'verified',
      verified && `${verified.level}, ${minuteText(verified.atMs)} (${relativeText(verified.atMs, nowMs)})`,
    ),
    ...optional('pinned', pinned && pinText(pinned)),
    ...optional('retention', retention && retentionText(retention)),
  ];
}

function copyText({ name, state, condemnedUntilMs }: ListedCopy): string {
  const until = condemnedUntilMs === undefined ? '' : ` until ${minuteText(condemnedUntilMs)}`;
  return `${name} ${state}${until}`;
}

function pinText({ untilMs }: { readonly untilMs?: number }): string {
  return untilMs === undefined ? 'until it is unpinned' : `until ${minuteText(untilMs)}`;
}

function retentionText({ released, keptBy, releasedOn }: ListedRetention): string {
  if (released) return 'released';
  const away = releasedOn === undefined ? '' : `; released on ${releasedOn.join(', ')}`;
  return `kept by ${keptBy.join(', ')}${away}`;
}

function indexText(entries: number): string {
  return entries === 1 ? '1 entry in its index' : `${String(entries)} entries in its index`;
}

function chainFacts({ chain, snapshot, provenance }: ShowReport): Fact[] {
  const links = snapshot.parent === undefined ? [] : chain;
  return [
    ...optional('instead', provenance.fallback),
    ...links.map(({ id, mode }, index): Fact => [index === 0 ? 'chain' : '', `${id} (${mode})`]),
  ];
}

function provenanceFacts(from: Provenance): Fact[] {
  const commit = from.gitCommit === undefined ? '' : `, commit ${from.gitCommit}`;
  return [
    ['written by', `${from.writer}, backup-plan ${from.toolVersion}`],
    ['run', `${from.runId}, started ${isoMinute(from.startedAt)}, took ${humanDuration(from.durationMs)}`],
    ['plan', `${from.planDigest}${commit}`],
    ...optional('tick', from.slot && isoMinute(from.slot)),
    ...optional('next due', from.nextExpectedBy && isoMinute(from.nextExpectedBy)),
  ];
}

function isoMinute(iso: string): string {
  return minuteText(Date.parse(iso));
}

function optional(name: string, value: string | undefined): Fact[] {
  return value === undefined ? [] : [[name, value]];
}

function artifactLines(artifact: ListedArtifact, style: Style): readonly string[] {
  const { name, key, mediaType, bytes, rawBytes, sha256, compression, recipients, tool, completion } =
    artifact;
  return [
    '',
    `  ${style.strong(style.text(name))}  ${style.text(`${mediaType}, ${formatBytes(bytes)} stored, ${formatBytes(rawBytes)} raw, ${compression}`)}`,
    `    ${style.text(key)}`,
    `    sha256 ${style.text(sha256)}`,
    `    ${style.text(`${tool}, proved complete by ${completion}`)}`,
    ...recipients.map((recipient) => `    readable by ${style.text(recipient)}`),
  ];
}
