import type { IndexEntry } from './record.ts';

/**
 * The bytes of a path, one character per byte (Latin-1). File names are bytes: this form keeps any
 * of them exactly, takes one byte of memory per byte, and its `<` is the order of the index.
 */
export type BytePath = string;

const PATH_PREFIX = Buffer.from('{"path":"');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** One line of an index; undefined for its header and its trailer. */
export function parseIndexLine(line: Buffer): IndexEntry | undefined {
  const value = JSON.parse(line.toString()) as Partial<IndexEntry>;
  return value.path === undefined && value.path64 === undefined ? undefined : (value as IndexEntry);
}

/** The path of a line, where possible without parsing the rest; undefined for header and trailer. */
export function bytePathOfLine(line: Buffer): BytePath | undefined {
  const start = PATH_PREFIX.length;
  const end = line.indexOf(QUOTE, start);
  const plain = line.compare(PATH_PREFIX, 0, start, 0, Math.min(start, line.length)) === 0 && end !== -1;
  if (plain) {
    const escape = line.indexOf(BACKSLASH, start);
    if (escape === -1 || escape > end) return line.toString('latin1', start, end);
  }
  const entry = parseIndexLine(line);
  return entry && bytePathOf(entry);
}

export function bytePathOf(entry: IndexEntry): BytePath {
  if (entry.path !== undefined) return toBytePath(entry.path);
  return Buffer.from(entry.path64 ?? '', 'base64').toString('latin1');
}

/** What a symbolic or hard link names; undefined for other entries. */
export function byteLinkOf(entry: IndexEntry): BytePath | undefined {
  if (entry.link !== undefined) return toBytePath(entry.link);
  return entry.link64 === undefined ? undefined : Buffer.from(entry.link64, 'base64').toString('latin1');
}

export function toBytePath(text: string): BytePath {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function bytesOf(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

// Control, format and bidirectional characters: they rewrite a terminal or disguise a name.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\\]/gu;

const UNPRINTABLE_BYTE = /[^\x20-\x7e]|\\/g;

/**
 * A path for people, safe to print, and unambiguous: `\xHH` is a byte, `\u{H}` a character, `\\` a
 * backslash. Where the bytes are no UTF-8, each one beyond ASCII is shown as a byte.
 */
export function displayBytes(path: BytePath): string {
  const bytes = bytesOf(path);
  if (!isUtf8(bytes)) return path.replace(UNPRINTABLE_BYTE, escapeByte);
  return bytes.toString().replace(UNPRINTABLE, escapeCharacter);
}

function isUtf8(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes);
}

function escapeByte(character: string): string {
  if (character === '\\') return '\\\\';
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

function escapeCharacter(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return point < 0x80 ? escapeByte(character) : `\\u{${point.toString(16)}}`;
}

const ESCAPES = /\\(?:\\|x([0-9a-f]{2})|u\{([0-9a-f]{1,6})\})/g;

/** Reads what `displayBytes` wrote; undefined where `text` holds a backslash that it never writes. */
export function readDisplayed(text: string): BytePath | undefined {
  if (text.replace(ESCAPES, '').includes('\\')) return undefined;
  return toBytePathKeepingBytes(text);
}

function toBytePathKeepingBytes(text: string): BytePath {
  let path = '';
  let start = 0;
  for (const match of text.matchAll(ESCAPES)) {
    const [whole, byte, point] = match;
    path += toBytePath(text.slice(start, match.index));
    if (byte !== undefined) path += String.fromCharCode(Number.parseInt(byte, 16));
    else if (point !== undefined) path += toBytePath(String.fromCodePoint(Number.parseInt(point, 16)));
    else path += '\\';
    start = match.index + whole.length;
  }
  return path + toBytePath(text.slice(start));
}
