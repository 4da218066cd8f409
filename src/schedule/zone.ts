import { Temporal } from 'temporal-polyfill';

/**
 * Wall-clock time of a zone as milliseconds on a line without gaps: the reading of the clock, taken
 * as if it were UTC. Cron patterns are matched there; only this module knows about clock changes.
 */
export interface Zone {
  /**
   * The instant at which the wall clock first shows `wallMs`. A reading that a clock change skips is
   * taken right after the change; of a reading that comes twice, the first counts.
   */
  instantOf(wallMs: number): number;
  /** The latest reading whose `instantOf` is not after `instantMs`. */
  latestWall(instantMs: number): number;
  offsetAt(instantMs: number): number;
}

/** A stretch of time with one offset from UTC: start included, end excluded. */
interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
  readonly offsetMs: number;
}

/** More than any zone has ever been away from UTC. */
const LARGEST_OFFSET_MS = 26 * 3_600_000;

const zones = new Map<string, Zone>();

/** Throws a RangeError where there is no such zone; `validateTimeZone` says so politely. */
export function zoneOf(timezone: string): Zone {
  let zone = zones.get(timezone);
  if (zone === undefined) {
    zone = createZone(timezone);
    zones.set(timezone, zone);
  }
  return zone;
}

/** Why it is no time zone of a plan, or undefined. Offsets such as `+02:00` know no clock changes and are refused. */
export function validateTimeZone(timezone: string): string | undefined {
  const message = `unknown time zone ${JSON.stringify(timezone)}`;
  if (!/^[A-Za-z]/.test(timezone)) return message;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timezone);
    return undefined;
  } catch {
    return message;
  }
}

function createZone(timezone: string): Zone {
  const stretchAt = rememberStretches(timezone);
  return {
    instantOf(wallMs) {
      let stretch = stretchAt(wallMs - LARGEST_OFFSET_MS);
      while (wallMs >= stretch.endMs + stretch.offsetMs) stretch = stretchAt(stretch.endMs);
      return Math.max(wallMs - stretch.offsetMs, stretch.startMs);
    },
    latestWall(instantMs) {
      const stretch = stretchAt(instantMs);
      const wallMs = instantMs + stretch.offsetMs;
      if (stretch.startMs === -Infinity) return wallMs;
      const before = stretchAt(stretch.startMs - 1);
      return Math.max(wallMs, stretch.startMs + before.offsetMs - 1);
    },
    offsetAt: (instantMs) => stretchAt(instantMs).offsetMs,
  };
}

function rememberStretches(timezone: string): (instantMs: number) => Stretch {
  const known: Stretch[] = [];
  let latest: Stretch | undefined;
  const contains = (stretch: Stretch, ms: number) => ms >= stretch.startMs && ms < stretch.endMs;
  return (instantMs) => {
    if (latest !== undefined && contains(latest, instantMs)) return latest;
    latest = known.find((stretch) => contains(stretch, instantMs));
    if (latest === undefined) {
      latest = computeStretch(timezone, instantMs);
      known.push(latest);
    }
    return latest;
  };
}

function computeStretch(timezone: string, instantMs: number): Stretch {
  const at = Temporal.Instant.fromEpochMilliseconds(instantMs).toZonedDateTimeISO(timezone);
  // `previous` is strictly earlier, so a change at this very instant is asked for from just after it.
  const start = at.add({ milliseconds: 1 }).getTimeZoneTransition('previous');
  const end = at.getTimeZoneTransition('next');
  return {
    startMs: start?.epochMilliseconds ?? -Infinity,
    endMs: end?.epochMilliseconds ?? Infinity,
    offsetMs: at.offsetNanoseconds / 1_000_000,
  };
}
