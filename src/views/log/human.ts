import type { LogEntry } from '../../domain/applied-plan.ts';
import type { EventLogReport, LogEntryReport, LoggedEvent, LogReport } from '../../domain/log-report.ts';
import { counted, humanDuration } from '../quantity.ts';
import type { Style } from '../style.ts';
import { tableLines, type Cell } from '../table.ts';
import { minuteText } from '../time.ts';

const COMMIT_CHARACTERS = 10;
const DIGEST_CHARACTERS = 19;

/** Who applied what, newest first. */
export function logLines({ plan, entries, more }: LogReport, style: Style): readonly string[] {
  if (entries.length === 0) return [style.text(`${plan} · nothing was applied yet.`)];
  return [
    ...tableLines(entries.map((entry) => entryRow(entry, style))),
    ...(more === 0 ? [] : [style.faint(style.text(`… and #${String(more)} and older (--limit)`))]),
  ];
}

function entryRow(entry: LogEntry, style: Style): Cell[] {
  const { serial, at, holder, gitCommit, planDigest } = entry;
  const paint = {
    commit: style.good,
    partial: style.caution,
    abort: style.bad,
    begin: style.faint,
    takeover: style.faint,
  }[entry.entry];
  return [
    { text: `#${String(serial)}`, paint: style.strong, right: true },
    { text: minuteText(Date.parse(at)) },
    { text: entry.entry, paint },
    { text: style.text(holder.split(' ', 1)[0] ?? '') },
    {
      text: gitCommit === undefined ? '' : style.text(gitCommit.slice(0, COMMIT_CHARACTERS)),
      paint: style.faint,
    },
    { text: planDigest.slice(0, DIGEST_CHARACTERS), paint: style.faint },
  ];
}

/** One entry and, where it could be opened, the plan that it applied. */
export function logEntryLines({ entry, state }: LogEntryReport, style: Style): readonly string[] {
  const facts = [
    ['entry', `#${String(entry.serial)} ${entry.entry}`],
    ['at', entry.at],
    ['by', entry.holder],
    ['commit', entry.gitCommit ?? ''],
    ['plan digest', entry.planDigest],
    ['run', entry.applyId],
    ['backup-plan', entry.toolVersion],
  ].filter(([, value]) => value !== '');
  const rows = tableLines(
    facts.map(([name = '', value = '']) => [{ text: name, paint: style.faint }, { text: style.text(value) }]),
  );
  if (entry.state === undefined) return rows;
  if (state === undefined) return [...rows, '', style.faint('No key at hand opens the plan of this entry.')];
  return [...rows, '', ...JSON.stringify(state, null, 2).split('\n').map(style.text)];
}

/** Who ran, restored or pruned what, newest first. */
export function eventLogLines({ plan, events, more }: EventLogReport, style: Style): readonly string[] {
  if (events.length === 0) return [style.text(`${plan} · no events yet.`)];
  return [
    ...tableLines(events.map((event) => eventRow(event, style))),
    ...(more === 0 ? [] : [style.faint(style.text(`… and ${counted(more, 'older event')} (--limit)`))]),
  ];
}

function eventRow(event: LoggedEvent, style: Style): Cell[] {
  const { at, writer, subject = '', result = '', code, durationMs, detail = '' } = event;
  const isBad = code !== undefined || result === 'failed';
  return [
    { text: minuteText(Date.parse(at)) },
    { text: event.event, paint: style.strong },
    { text: code === undefined ? result : `${result} ${code}`, paint: isBad ? style.bad : style.good },
    { text: durationMs === undefined ? '' : humanDuration(durationMs), right: true, paint: style.faint },
    { text: style.text(writer) },
    { text: style.text([subject, detail].filter((part) => part !== '').join(': ')) },
  ];
}
