interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values from `min` on. */
  readonly names: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59, names: [] },
  { name: 'hour', min: 0, max: 23, names: [] },
  { name: 'day of month', min: 1, max: 31, names: [] },
  { name: 'month', min: 1, max: 12, names: 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ') },
  { name: 'day of week', min: 0, max: 7, names: 'SUN MON TUE WED THU FRI SAT'.split(' ') },
];

/** The first mistake in five fields of the dialect that every cron understands: no `L W # ?`, no nicknames. */
export function syntaxMistake(cron: string): string | undefined {
  const texts = cron.trim().split(/\s+/);
  if (texts[0]?.startsWith('@'))
    return `nicknames such as ${JSON.stringify(texts[0])} are not supported, write five fields`;
  if (texts.length !== FIELDS.length) {
    const count = cron.trim() === '' ? 0 : texts.length;
    return `expected five fields (minute, hour, day of month, month, day of week), found ${String(count)}`;
  }
  return firstOf(FIELDS, (field, index) =>
    firstOf((texts[index] ?? '').split(','), (part) => partMistake(field, part)),
  );
}

function partMistake(field: Field, part: string): string | undefined {
  const match = /^(?:\*|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part);
  if (match === null) return `${JSON.stringify(part)} is not understood as ${field.name}`;
  const [, low, high, step] = match;
  const outside = firstOf([low, high], (text) =>
    text === undefined ? undefined : valueMistake(field, text),
  );
  if (outside !== undefined) return outside;
  if (low !== undefined && high !== undefined && valueOf(field, low) > valueOf(field, high)) {
    return `range ${JSON.stringify(`${low}-${high}`)} of ${field.name} runs backwards`;
  }
  return step === undefined
    ? undefined
    : stepMistake(field, Number(step), low !== undefined && high === undefined);
}

function stepMistake(field: Field, step: number, afterSingleValue: boolean): string | undefined {
  if (afterSingleValue) return `a step of ${field.name} needs "*" or a range before it`;
  const most = field.max - field.min;
  return step >= 1 && step <= most
    ? undefined
    : `step ${String(step)} of ${field.name} is not between 1 and ${String(most)}`;
}

function valueMistake(field: Field, text: string): string | undefined {
  const value = valueOf(field, text);
  if (Number.isNaN(value)) return `${JSON.stringify(text)} is not understood as ${field.name}`;
  if (value >= field.min && value <= field.max) return undefined;
  return `${field.name} ${text} is not between ${String(field.min)} and ${String(field.max)}`;
}

function valueOf(field: Field, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const index = field.names.indexOf(text.toUpperCase());
  return index === -1 ? NaN : field.min + index;
}

function firstOf<T>(
  items: readonly T[],
  find: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
