/** Deeper nesting than any record has. */
const MAX_DEPTH = 32;

export type ExactJson =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

/**
 * Reads JSON that has exactly one spelling: what `JSON.stringify` writes. Whitespace, duplicate
 * keys, needless escapes, trailing bytes and malformed UTF-8 are refused, so that two readers can
 * never see two meanings in the same signed bytes. Time and memory are linear in the input.
 */
export function parseExactJson(bytes: Uint8Array): ExactJson {
  const text = decode(bytes);
  if (text === undefined) return problem('is not UTF-8');
  if (isTooDeep(bytes)) return problem('is nested too deeply');
  const value = parse(text);
  if (value === undefined) return problem('is not JSON');
  if (JSON.stringify(value.parsed) !== text) return problem('is not in the one accepted spelling');
  // Exact as a test for a key: inside a string value the quotes would be escaped.
  if (text.includes('"__proto__":')) return problem('has a forbidden key');
  return { ok: true, value: value.parsed };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parse(text: string): { readonly parsed: unknown } | undefined {
  try {
    return { parsed: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function isTooDeep(bytes: Uint8Array): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (inString) {
      if (byte === 0x5c) index += 1;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return false;
}

function problem(text: string): ExactJson {
  return { ok: false, problem: text };
}
