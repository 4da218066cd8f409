const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `40s`, `12m`, `25h 18m`, `12d 4h`: the two largest units, cut and not rounded; hours up to two days. */
export function formatDuration(durationMs: number): string {
  if (durationMs < MINUTE_MS) return `${String(Math.floor(durationMs / SECOND_MS))}s`;
  if (durationMs < HOUR_MS) return `${String(Math.floor(durationMs / MINUTE_MS))}m`;
  if (durationMs < 2 * DAY_MS) return twoUnits(durationMs, [HOUR_MS, 'h'], [MINUTE_MS, 'm']);
  return twoUnits(durationMs, [DAY_MS, 'd'], [HOUR_MS, 'h']);
}

type Unit = readonly [ms: number, letter: string];

function twoUnits(durationMs: number, [largeMs, large]: Unit, [smallMs, small]: Unit): string {
  const rest = Math.floor((durationMs % largeMs) / smallMs);
  return `${String(Math.floor(durationMs / largeMs))}${large}${rest === 0 ? '' : ` ${String(rest)}${small}`}`;
}
