/**
 * Characters that change what a terminal or a reader sees instead of being seen: C0 and C1
 * controls (escape sequences), bidirectional marks and overrides, line separators, invisible
 * spaces, tag characters and lone surrogates.
 */
const UNSAFE =
  // eslint-disable-next-line no-control-regex -- control characters are what this looks for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}\p{Surrogate}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' };

/** One line that is safe to print; what was unsafe is shown as an escape. */
export function escapeLine(text: string): string {
  return text.replace(UNSAFE, (character) => SHORT[character] ?? codePointEscape(character));
}

/** Lines of a tool's output, each safe to print; tabs become spaces, trailing blanks go. */
export function escapeLines(text: string): readonly string[] {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => escapeLine(line.replaceAll('\t', '    ').trimEnd()));
}

/** One line of JSON without a character that a terminal would obey; it parses to the same value. */
export function escapeJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, utf16Escape);
}

function codePointEscape(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function utf16Escape(character: string): string {
  return [...Array(character.length).keys()]
    .map((unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`)
    .join('');
}
