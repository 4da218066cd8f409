import type { ProbeFacts } from '../../catalog/event-facts.ts';
import type { Examination } from '../../domain/doctor-report.ts';
import { formatDuration } from '../../domain/duration.ts';
import { brokenPromises } from '../probe-words.ts';

/** Clocks that differ by more than this make a prune wait. */
const CLOCK_WARNING_MS = 5 * 60_000;

/** `atMs`: when it was found out, where that was not now. */
export function probeExaminations(name: string, facts: ProbeFacts, atMs?: number): readonly Examination[] {
  const told = (state: Examination['state'], detail: string, hint?: string): Examination => ({
    area: 'store',
    subject: name,
    state,
    detail: atMs === undefined ? detail : `${detail} (${new Date(atMs).toISOString().slice(0, 10)})`,
    ...(hint === undefined ? {} : { hint }),
  });
  const broken = brokenPromises(facts).map((what) => told('warning', what, hintFor(facts)));
  return [...(broken.length === 0 ? [told('ok', keptPromises(facts))] : broken), ...clock(facts, told)];
}

function keptPromises({ wholeListings }: ProbeFacts): string {
  const listings = wholeListings === true ? ', long listings too' : '';
  return `replaces nothing, lets one of eight writers win, shows at once what was written${listings}`;
}

function hintFor({ readAfterWrite, wholeListings, modificationTimes }: ProbeFacts): string {
  if (!readAfterWrite || wholeListings === false)
    return 'Do not trust it with backups: use another store. Nothing is pruned there.';
  if (!modificationTimes) return 'No grace ends there and leftovers stay, because ages cannot be told.';
  return 'Nothing is pruned there, unless the plan promises `exclusive: true` for the target; with that, let no two runs write there at the same time.';
}

function clock(
  { clockAheadMs }: ProbeFacts,
  told: (state: Examination['state'], detail: string, hint?: string) => Examination,
): readonly Examination[] {
  if (clockAheadMs === undefined || Math.abs(clockAheadMs) <= CLOCK_WARNING_MS) return [];
  const where = clockAheadMs > 0 ? 'ahead of' : 'behind';
  const detail = `its clock is ${formatDuration(Math.abs(clockAheadMs))} ${where} that of this machine`;
  return [told('warning', detail, 'Set both by NTP. Nothing is pruned while they differ by so much.')];
}
