import { Cron } from 'croner';
import { syntaxMistake } from './cron-syntax.ts';
import { validateTimeZone } from './zone.ts';

/** A five-field pattern on wall-clock time, which has no zone and no gaps here. */
export interface CronPattern {
  /** The latest match not after `wallMs`. */
  atOrBefore(wallMs: number): number | undefined;
  /** The first match after `wallMs`. */
  after(wallMs: number): number | undefined;
}

const MINUTE_MS = 60_000;

const patterns = new Map<string, CronPattern>();

/** Throws where `validateCron` finds something to say. */
export function cronPattern(cron: string): CronPattern {
  let pattern = patterns.get(cron);
  if (pattern === undefined) {
    pattern = createPattern(cron);
    patterns.set(cron, pattern);
  }
  return pattern;
}

/** What is wrong with a five-field cron expression in a time zone: lower-case, no full stop. */
export function validateCron(cron: string, timezone: string): string | undefined {
  return syntaxMistake(cron) ?? emptyMistake(cron) ?? validateTimeZone(timezone);
}

function emptyMistake(cron: string): string | undefined {
  return createPattern(cron).after(0) === undefined ? 'no date ever matches' : undefined;
}

function createPattern(cron: string): CronPattern {
  // A fixed offset keeps the library's own idea of clock changes out.
  const parsed = new Cron(cron, { utcOffset: 0, mode: '5-part' });
  return {
    atOrBefore(wallMs) {
      const nextMinute = (Math.floor(wallMs / MINUTE_MS) + 1) * MINUTE_MS;
      return parsed.previousRuns(1, new Date(nextMinute))[0]?.getTime();
    },
    after: (wallMs) => parsed.nextRun(new Date(wallMs))?.getTime(),
  };
}
