/** `90s`, `6h`, `30d`: a whole number and a unit. */
export const DURATION_PATTERN = '^[0-9]+(ms|s|m|h|d|w)$';
/** `30s`, `2m`, `1h`: a limit that is not nought. */
export const TIME_LIMIT_PATTERN = '^[1-9][0-9]*(s|m|h)$';
/** `512B`, `1MiB`, `20GB`: a whole number and a unit, binary or decimal. */
export const SIZE_PATTERN = '^[0-9]+(B|KiB|MiB|GiB|TiB|KB|MB|GB|TB)$';

/** `500KiB/s`, `50MiB/s`: a size that is not nought, in a second. */
export const BANDWIDTH_PATTERN = '^[1-9][0-9]*(B|KiB|MiB|GiB|TiB|KB|MB|GB|TB)/s$';

const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const SIZE_UNITS_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
};

/** Milliseconds, or undefined where `text` is no duration or too long to be exact. */
export function parseDuration(text: string): number | undefined {
  return parseQuantity(text, DURATION_PATTERN, DURATION_UNITS_MS);
}

/** As `parseDuration`. */
export function parseTimeLimit(text: string): number | undefined {
  return parseQuantity(text, TIME_LIMIT_PATTERN, DURATION_UNITS_MS);
}

/** Bytes, or undefined where `text` is no size or too large to be exact. */
export function parseSize(text: string): number | undefined {
  return parseQuantity(text, SIZE_PATTERN, SIZE_UNITS_BYTES);
}

/** Bytes per second, or undefined where `text` is no bandwidth or too large to be exact. */
export function parseBandwidth(text: string): number | undefined {
  return parseQuantity(text, BANDWIDTH_PATTERN, SIZE_UNITS_BYTES);
}

function parseQuantity(
  text: string,
  pattern: string,
  units: Readonly<Record<string, number>>,
): number | undefined {
  const unit = new RegExp(pattern).exec(text)?.[1];
  if (unit === undefined) return undefined;
  const value = Number.parseInt(text, 10) * (units[unit] ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : undefined;
}
