import type { EventLogReport, LogEntryReport, LogReport } from '../../domain/log-report.ts';

const FORMAT = 'backup-plan/log@1.0';

/** `log --json`. The encrypted state of an entry is left out: `log show N` opens it. */
export function logDocument({ plan, entries, more }: LogReport): object {
  return { format: FORMAT, plan, entries: entries.map(withoutState), more };
}

/** `log show N --json`. */
export function logEntryDocument({ entry, state }: LogEntryReport): object {
  return { format: FORMAT, plan: entry.plan, entry: withoutState(entry), ...(state && { applied: state }) };
}

/** `log --runs --json`. */
export function eventLogDocument({ plan, events, more }: EventLogReport): object {
  return { format: FORMAT, plan, events, more };
}

function withoutState({ state, ...entry }: LogReport['entries'][number]): object {
  return { ...entry, hasState: state !== undefined };
}
