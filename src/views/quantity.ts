const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `41 ms`, `3.2 s`, `1m 30s`, `25h 18m`, `12d 4h`: the two largest units, cut and not rounded. */
export function humanDuration(durationMs: number): string {
  if (durationMs < SECOND_MS) return `${Math.floor(durationMs)} ms`;
  if (durationMs < MINUTE_MS) return `${(Math.floor(durationMs / 100) / 10).toFixed(1)} s`;
  if (durationMs < HOUR_MS) return twoUnits(durationMs, [MINUTE_MS, 'm'], [SECOND_MS, 's']);
  if (durationMs < 2 * DAY_MS) return twoUnits(durationMs, [HOUR_MS, 'h'], [MINUTE_MS, 'm']);
  return twoUnits(durationMs, [DAY_MS, 'd'], [HOUR_MS, 'h']);
}

/** `1 step`, `2 steps`; `1 copy`, `2 copies`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

type Unit = readonly [ms: number, letter: string];

function twoUnits(durationMs: number, [largeMs, large]: Unit, [smallMs, small]: Unit): string {
  const rest = Math.floor((durationMs % largeMs) / smallMs);
  return `${Math.floor(durationMs / largeMs)}${large}${rest === 0 ? '' : ` ${rest}${small}`}`;
}
