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

const MAX_DEPTH = 10_000;
const code = (character: string) => character.charCodeAt(0);
const QUOTE = code('"');
const BACKSLASH = code('\\');
const COLON = code(':');
const COMMA = code(',');
const MINUS = code('-');
const PLUS = code('+');
const POINT = code('.');
const ZERO = code('0');
const UNICODE = code('u');
const OBJECT = code('{');
const OBJECT_END = code('}');
const ARRAY = code('[');
const ARRAY_END = code(']');
const LITERALS = new Map(['true', 'false', 'null'].map((word) => [code(word), word.slice(1)]));
const ESCAPES = new Set(Array.from('"\\/bfnrt', code));
const NUMBER_ENDS: ReadonlySet<State> = new Set<State>(['zero', 'integer', 'fraction', 'exponent-digits']);

/** Remembers nothing of the text but the open brackets. */
export class JsonGrammar {
  readonly #open: number[] = [];
  readonly #maxDepth: number;
  #isKey = false;
  #expected = '';
  #hexDigits = 0;

  constructor(maxDepth = MAX_DEPTH) {
    this.#maxDepth = maxDepth;
  }

  /** The state after `byte`; once `wrong`, always wrong. */
  next(state: State, byte: number): State {
    return this.#after[state](byte);
  }

  /** True where a text may end in `state`. */
  mayEnd(state: State): boolean {
    return this.#open.length === 0 && (state === 'after-value' || NUMBER_ENDS.has(state));
  }

  readonly #after: Readonly<Record<State, (byte: number) => State>> = {
    value: (byte) => (isSpace(byte) ? 'value' : this.#startValue(byte)),
    'value-or-end': (byte) => {
      if (isSpace(byte)) return 'value-or-end';
      return byte === ARRAY_END ? this.#leave(ARRAY) : this.#startValue(byte);
    },
    key: (byte) => (isSpace(byte) ? 'key' : byte === QUOTE ? this.#startString(true) : 'wrong'),
    'key-or-end': (byte) => {
      if (isSpace(byte)) return 'key-or-end';
      if (byte === QUOTE) return this.#startString(true);
      return byte === OBJECT_END ? this.#leave(OBJECT) : 'wrong';
    },
    colon: (byte) => (isSpace(byte) ? 'colon' : byte === COLON ? 'value' : 'wrong'),
    'after-value': (byte) => this.#afterValue(byte),
    string: (byte) => this.#inString(byte),
    escape: (byte) => this.#inEscape(byte),
    hex: (byte) => this.#inHex(byte),
    literal: (byte) => this.#inLiteral(byte),
    minus: (byte) => (!isDigit(byte) ? 'wrong' : byte === ZERO ? 'zero' : 'integer'),
    zero: (byte) => (byte === POINT ? 'point' : this.#afterDigits(byte)),
    integer: (byte) => (isDigit(byte) ? 'integer' : byte === POINT ? 'point' : this.#afterDigits(byte)),
    point: (byte) => (isDigit(byte) ? 'fraction' : 'wrong'),
    fraction: (byte) => (isDigit(byte) ? 'fraction' : this.#afterDigits(byte)),
    exponent: (byte) => {
      if (byte === PLUS || byte === MINUS) return 'exponent-sign';
      return isDigit(byte) ? 'exponent-digits' : 'wrong';
    },
    'exponent-sign': (byte) => (isDigit(byte) ? 'exponent-digits' : 'wrong'),
    'exponent-digits': (byte) => (isDigit(byte) ? 'exponent-digits' : this.#afterValue(byte)),
    wrong: () => 'wrong',
  };

  #startValue(byte: number): State {
    if (byte === OBJECT) return this.#enter(OBJECT, 'key-or-end');
    if (byte === ARRAY) return this.#enter(ARRAY, 'value-or-end');
    if (byte === QUOTE) return this.#startString(false);
    if (byte === MINUS) return 'minus';
    if (isDigit(byte)) return byte === ZERO ? 'zero' : 'integer';
    this.#expected = LITERALS.get(byte) ?? '';
    return this.#expected === '' ? 'wrong' : 'literal';
  }

  #enter(bracket: number, state: State): State {
    return this.#open.push(bracket) > this.#maxDepth ? 'wrong' : state;
  }

  #leave(bracket: number): State {
    return this.#open.pop() === bracket ? 'after-value' : 'wrong';
  }

  #startString(isKey: boolean): State {
    this.#isKey = isKey;
    return 'string';
  }

  #inString(byte: number): State {
    if (byte === QUOTE) return this.#isKey ? 'colon' : 'after-value';
    if (byte === BACKSLASH) return 'escape';
    return byte < 0x20 ? 'wrong' : 'string';
  }

  #inEscape(byte: number): State {
    if (ESCAPES.has(byte)) return 'string';
    this.#hexDigits = 0;
    return byte === UNICODE ? 'hex' : 'wrong';
  }

  #inHex(byte: number): State {
    this.#hexDigits += 1;
    if (!isHexDigit(byte)) return 'wrong';
    return this.#hexDigits === 4 ? 'string' : 'hex';
  }

  #inLiteral(byte: number): State {
    if (byte !== code(this.#expected)) return 'wrong';
    this.#expected = this.#expected.slice(1);
    return this.#expected === '' ? 'after-value' : 'literal';
  }

  #afterDigits(byte: number): State {
    return byte === 0x65 || byte === 0x45 ? 'exponent' : this.#afterValue(byte);
  }

  #afterValue(byte: number): State {
    if (isSpace(byte)) return 'after-value';
    if (byte === OBJECT_END) return this.#leave(OBJECT);
    if (byte === ARRAY_END) return this.#leave(ARRAY);
    if (byte !== COMMA || this.#open.length === 0) return 'wrong';
    return this.#open.at(-1) === OBJECT ? 'key' : 'value';
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}
