import { randomBytes } from 'node:crypto';

/** Crockford's base 32 in lower case: sorts like the number it writes. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const RANDOM_BYTES = 10;
const TIME_CHARACTERS = 10;
const LATEST_MS = 2 ** 48 - 1;
const SNAPSHOT_ID = /^(\d{4})(\d\d)(\d\d)t(\d\d)(\d\d)(\d\d)z-[0-9a-hjkmnp-tv-z]{16}$/;
const ULID = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** `20261121t020000z-` and 80 random bits, so that two writers never collide. */
export function newSnapshotId(nowMs: number): string {
  const time = new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, '').toLowerCase();
  return `${time}z-${randomText()}`;
}

/** A lower-case ULID: sorts by time; 80 random bits. */
export function newRunId(nowMs: number): string {
  return timeText(nowMs) + randomText();
}

/** An identity without a time: repositories and targets. */
export function newIdentity(): string {
  return randomText();
}

export function isSnapshotId(text: string): boolean {
  return timeOfSnapshotId(text) !== undefined;
}

export function isUlid(text: string): boolean {
  return ULID.test(text);
}

/** Epoch milliseconds of the second that the id names, or undefined where it is no snapshot id. */
export function timeOfSnapshotId(id: string): number | undefined {
  const match = SNAPSHOT_ID.exec(id);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // Two-digit years and overflowing fields would be taken for other dates.
  const isWritten =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  return isWritten ? date.getTime() : undefined;
}

export function timeOfUlid(id: string): number | undefined {
  if (!isUlid(id)) return undefined;
  return [...id.slice(0, TIME_CHARACTERS)].reduce((ms, digit) => ms * 32 + ALPHABET.indexOf(digit), 0);
}

function timeText(nowMs: number): string {
  if (!Number.isInteger(nowMs) || nowMs < 0 || nowMs > LATEST_MS)
    throw new RangeError(`not a time: ${String(nowMs)}`);
  const digits = Array.from({ length: TIME_CHARACTERS }, (_, index) => {
    const weight = 32 ** (TIME_CHARACTERS - 1 - index);
    return ALPHABET.charAt(Math.floor(nowMs / weight) % 32);
  });
  return digits.join('');
}

function randomText(): string {
  let bits = BigInt(`0x${randomBytes(RANDOM_BYTES).toString('hex')}`);
  let text = '';
  for (let index = 0; index < 16; index += 1) {
    text = ALPHABET.charAt(Number(bits & 31n)) + text;
    bits >>= 5n;
  }
  return text;
}
