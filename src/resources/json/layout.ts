/** How a JSON text is written, apart from what it says. */
export interface Layout {
  /** Between two members or items: a line end, or nothing where all is on one line. */
  readonly newline: '' | '\n' | '\r\n';
  /** One level of indentation, where there are lines. */
  readonly indent: string;
  /** From the end of a key to its value. */
  readonly colon: string;
  /** Between members on one line. */
  readonly comma: string;
}

/** A well-formed JSON text, and how far it has been read. */
export interface Cursor {
  readonly text: string;
  at: number;
  /** The first key that an object holds twice. */
  duplicate?: string;
}

interface Printing {
  readonly layout: Layout;
  readonly canonical: boolean;
}

const TIGHT: Layout = { newline: '', indent: '', colon: ':', comma: ',' };

/**
 * One spelling for all layouts and orders of keys. Numbers stay as they are written: a reader with
 * other limits than ours may tell 1.0 from 1.
 */
export function canonicalValue(cursor: Cursor): string {
  return printValue(cursor, { layout: TIGHT, canonical: true }, 0);
}

/** The same value in another layout: every token stays as it is written. */
export function layOut(text: string, layout: Layout, depth: number): string {
  return printValue({ text, at: 0 }, { layout, canonical: false }, depth);
}

export function skipSpace(cursor: Cursor): void {
  while (isSpace(cursor.text.charCodeAt(cursor.at))) cursor.at += 1;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Reads the string that begins here, quotes included. */
export function takeString(cursor: Cursor): string {
  const { text, at: start } = cursor;
  let at = start + 1;
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) {
    at += code === BACKSLASH ? 2 : 1;
  }
  cursor.at = at + 1;
  return text.slice(start, cursor.at);
}

function printValue(cursor: Cursor, printing: Printing, depth: number): string {
  skipSpace(cursor);
  const first = cursor.text[cursor.at];
  if (first === '{') return printObject(cursor, printing, depth);
  if (first === '[') return printArray(cursor, printing, depth);
  if (first !== '"') return takeScalar(cursor);
  const token = takeString(cursor);
  return printing.canonical ? canonicalString(token) : token;
}

/** Without escapes there is one spelling only. */
function canonicalString(token: string): string {
  return token.includes('\\') ? JSON.stringify(JSON.parse(token)) : token;
}

const SCALAR_ENDS = /[\s,\]}]|$/g;

function takeScalar(cursor: Cursor): string {
  const start = cursor.at;
  SCALAR_ENDS.lastIndex = start;
  cursor.at = SCALAR_ENDS.exec(cursor.text)?.index ?? cursor.text.length;
  return cursor.text.slice(start, cursor.at);
}

function printArray(cursor: Cursor, printing: Printing, depth: number): string {
  const items: string[] = [];
  while (enter(cursor, ']')) items.push(printValue(cursor, printing, depth + 1));
  return enclose(items, printing.layout, { depth, open: '[', close: ']' });
}

function printObject(cursor: Cursor, printing: Printing, depth: number): string {
  const members = new Map<string, string>();
  while (enter(cursor, '}')) {
    const token = takeString(cursor);
    const key = token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
    if (members.has(key)) cursor.duplicate ??= key;
    skipSpace(cursor);
    cursor.at += 1;
    const value = printValue(cursor, printing, depth + 1);
    members.set(
      key,
      `${printing.canonical ? canonicalString(token) : token}${printing.layout.colon}${value}`,
    );
  }
  const printed = [...members];
  if (printing.canonical) printed.sort(([a], [b]) => (a < b ? -1 : 1));
  return enclose(
    printed.map(([, text]) => text),
    printing.layout,
    { depth, open: '{', close: '}' },
  );
}

/** Steps over the opening bracket or a comma; false once the closing bracket has been taken. */
export function enter(cursor: Cursor, close: ']' | '}'): boolean {
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== close) cursor.at += 1;
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== close) return true;
  cursor.at += 1;
  return false;
}

interface Brackets {
  readonly depth: number;
  readonly open: string;
  readonly close: string;
}

function enclose(parts: readonly string[], layout: Layout, { depth, open, close }: Brackets): string {
  if (parts.length === 0) return `${open}${close}`;
  if (layout.newline === '') return `${open}${parts.join(layout.comma)}${close}`;
  const line = (level: number) => `${layout.newline}${layout.indent.repeat(level)}`;
  return `${open}${line(depth + 1)}${parts.join(`,${line(depth + 1)}`)}${line(depth)}${close}`;
}
