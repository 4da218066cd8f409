/**
 * Small closed checks for the payloads of signed records. A check returns what is wrong, naming
 * the place and never the value: values may come from an attacker and end in a terminal.
 */
export type Check = (value: unknown, at: string) => string | undefined;

interface Optional {
  readonly optional: Check;
}

/** One check for every field of T, so that the compiler notices when one is forgotten. */
export type Fields<T> = {
  readonly [K in keyof T]-?: undefined extends T[K] ? Optional : object extends Pick<T, K> ? Optional : Check;
};

/** Exactly these fields; any other is refused. */
export function object<T>(fields: Fields<T>): Check {
  const known = new Map(Object.entries<Check | Optional>(fields));
  return (value, at) => {
    if (!isRecord(value)) return `${at} is not an object`;
    if (Object.keys(value).some((key) => !known.has(key))) return `${at} has an unknown field`;
    for (const [key, field] of known) {
      const found = checkField(value[key], Object.hasOwn(value, key), field, `${at}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

export function optional(check: Check): Optional {
  return { optional: check };
}

export function literal(expected: string | number | boolean): Check {
  return (value, at) => (value === expected ? undefined : `${at} is not ${String(expected)}`);
}

export const flag: Check = (value, at) =>
  typeof value === 'boolean' ? undefined : `${at} is neither true nor false`;

export function oneOf(allowed: readonly string[]): Check {
  return (value, at) =>
    typeof value === 'string' && allowed.includes(value)
      ? undefined
      : `${at} is not one of ${allowed.join(', ')}`;
}

export function text(maxCharacters: number): Check {
  return (value, at) => {
    if (typeof value !== 'string') return `${at} is not a text`;
    return value.length <= maxCharacters ? undefined : `${at} is too long`;
  };
}

export function matching(pattern: RegExp, what: string): Check {
  return (value, at) =>
    typeof value === 'string' && pattern.test(value) ? undefined : `${at} is not ${what}`;
}

export function satisfying(test: (value: string) => boolean, what: string): Check {
  return (value, at) => (typeof value === 'string' && test(value) ? undefined : `${at} is not ${what}`);
}

export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Check {
  return (value, at) =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      ? undefined
      : `${at} is not a whole number in range`;
}

export function listOf(check: Check, maxLength: number): Check {
  return (value, at) => {
    if (!Array.isArray(value)) return `${at} is not a list`;
    if (value.length > maxLength) return `${at} is too long`;
    return firstProblem(value, (item, index) => check(item, `${at}[${String(index)}]`));
  };
}

export function mapOf(check: Check, maxEntries: number): Check {
  return (value, at) => {
    if (!isRecord(value)) return `${at} is not an object`;
    const entries = Object.entries(value);
    if (entries.length > maxEntries || entries.some(([key]) => key.length > 128)) return `${at} is too large`;
    return firstProblem(entries, ([, item]) => check(item, `${at} value`));
  };
}

/** Any JSON object; its content is for its reader to judge. */
export const anyObject: Check = (value, at) => (isRecord(value) ? undefined : `${at} is not an object`);

export const sha256 = matching(/^[0-9a-f]{64}$/, 'a lower-case SHA-256');

/** ISO 8601 UTC with milliseconds, of a day that exists. */
export const timestamp = satisfying((value) => {
  const ms = value.length === 24 ? Date.parse(value) : NaN;
  return !Number.isNaN(ms) && new Date(ms).toISOString() === value;
}, 'a UTC time');

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkField(
  value: unknown,
  present: boolean,
  field: Check | Optional,
  at: string,
): string | undefined {
  if (typeof field === 'function') return present ? field(value, at) : `${at} is missing`;
  return present ? field.optional(value, at) : undefined;
}

function firstProblem<T>(
  items: readonly T[],
  check: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = check(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
