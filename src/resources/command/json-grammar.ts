/** Where in a JSON text (RFC 8259) a reader stands after some bytes. */
export type State =
  | 'value'
  | 'value-or-end'
  | 'key'
  | 'key-or-end'
  | 'colon'
  | 'after-value'
  | 'string'
  | 'escape'
  | 'hex'
  | 'literal'
  | 'minus'
  | 'zero'
  | 'integer'
  | 'point'
  | 'fraction'
  | 'exponent'
  | 'exponent-sign'
  | 'exponent-digits'
  | 'wrong';

export interface Grammar {
  /** The state after `byte`; once `wrong`, always wrong. */
  next(state: State, byte: number): State;
  /** True where a text may end in `state`. */
  mayEnd(state: State): boolean;
}

const MAX_DEPTH = 10_000;
const code = (character: string) => character.charCodeAt(0);
const [QUOTE, BACKSLASH, COLON, COMMA, MINUS, PLUS, POINT, ZERO] = Array.from('"\\:,-+.0', code) as [
  number, number, number, number, number, number, number, number,
];
const [OBJECT, OBJECT_END, ARRAY, ARRAY_END] = Array.from('{}[]', code) as [number, number, number, number];
const LITERALS = new Map(['true', 'false', 'null'].map((word) => [code(word), word.slice(1)]));
const ESCAPES = new Set(Array.from('"\\/bfnrt', code));
const NUMBER_ENDS: ReadonlySet<State> = new Set<State>(['zero', 'integer', 'fraction', 'exponent-digits']);

/** Remembers nothing but the open brackets. */
export function createGrammar(): Grammar {
  const open: number[] = [];
  let isKey = false;
  let expected = '';
  let hexDigits = 0;

  function startValue(byte: number): State {
    if (byte === OBJECT) return enter(OBJECT, 'key-or-end');
    if (byte === ARRAY) return enter(ARRAY, 'value-or-end');
    if (byte === QUOTE) return startString(false);
    if (byte === MINUS) return 'minus';
    if (isDigit(byte)) return byte === ZERO ? 'zero' : 'integer';
    expected = LITERALS.get(byte) ?? '';
    return expected === '' ? 'wrong' : 'literal';
  }

  function enter(bracket: number, state: State): State {
    return open.push(bracket) > MAX_DEPTH ? 'wrong' : state;
  }

  function leave(bracket: number): State {
    return open.pop() === bracket ? 'after-value' : 'wrong';
  }

  function startString(key: boolean): State {
    isKey = key;
    return 'string';
  }

  function afterValue(byte: number): State {
    if (isSpace(byte)) return 'after-value';
    if (byte === OBJECT_END) return leave(OBJECT);
    if (byte === ARRAY_END) return leave(ARRAY);
    if (byte !== COMMA || open.length === 0) return 'wrong';
    return open.at(-1) === OBJECT ? 'key' : 'value';
  }

  function inString(byte: number): State {
    if (byte === QUOTE) return isKey ? 'colon' : 'after-value';
    if (byte === BACKSLASH) return 'escape';
    return byte < 0x20 ? 'wrong' : 'string';
  }

  function inEscape(byte: number): State {
    if (ESCAPES.has(byte)) return 'string';
    hexDigits = 0;
    return byte === code('u') ? 'hex' : 'wrong';
  }

  function inHex(byte: number): State {
    hexDigits += 1;
    if (!/[0-9A-Fa-f]/.test(String.fromCharCode(byte))) return 'wrong';
    return hexDigits === 4 ? 'string' : 'hex';
  }

  function inLiteral(byte: number): State {
    if (byte !== code(expected)) return 'wrong';
    expected = expected.slice(1);
    return expected === '' ? 'after-value' : 'literal';
  }

  function afterDigits(byte: number): State {
    return isExponent(byte) ? 'exponent' : afterValue(byte);
  }

  const after: Readonly<Record<State, (byte: number) => State>> = {
    value: (byte) => (isSpace(byte) ? 'value' : startValue(byte)),
    'value-or-end': (byte) => {
      if (isSpace(byte)) return 'value-or-end';
      return byte === ARRAY_END ? leave(ARRAY) : startValue(byte);
    },
    key: (byte) => (isSpace(byte) ? 'key' : byte === QUOTE ? startString(true) : 'wrong'),
    'key-or-end': (byte) => {
      if (isSpace(byte)) return 'key-or-end';
      if (byte === QUOTE) return startString(true);
      return byte === OBJECT_END ? leave(OBJECT) : 'wrong';
    },
    colon: (byte) => (isSpace(byte) ? 'colon' : byte === COLON ? 'value' : 'wrong'),
    'after-value': afterValue,
    string: inString,
    escape: inEscape,
    hex: inHex,
    literal: inLiteral,
    minus: (byte) => (!isDigit(byte) ? 'wrong' : byte === ZERO ? 'zero' : 'integer'),
    zero: (byte) => (byte === POINT ? 'point' : afterDigits(byte)),
    integer: (byte) => (isDigit(byte) ? 'integer' : byte === POINT ? 'point' : afterDigits(byte)),
    point: (byte) => (isDigit(byte) ? 'fraction' : 'wrong'),
    fraction: (byte) => (isDigit(byte) ? 'fraction' : afterDigits(byte)),
    exponent: (byte) => {
      if (byte === PLUS || byte === MINUS) return 'exponent-sign';
      return isDigit(byte) ? 'exponent-digits' : 'wrong';
    },
    'exponent-sign': (byte) => (isDigit(byte) ? 'exponent-digits' : 'wrong'),
    'exponent-digits': (byte) => (isDigit(byte) ? 'exponent-digits' : afterValue(byte)),
    wrong: () => 'wrong',
  };

  return {
    next: (state, byte) => after[state](byte),
    mayEnd: (state) => open.length === 0 && (state === 'after-value' || NUMBER_ENDS.has(state)),
  };
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isExponent(byte: number): boolean {
  return byte === 0x65 || byte === 0x45;
}
