import { escapeLine } from './escape.ts';

/** How text is set on this terminal. Colour is never the only signal. */
export interface Style {
  readonly unicode: boolean;
  readonly good: Paint;
  readonly bad: Paint;
  readonly caution: Paint;
  readonly faint: Paint;
  readonly strong: Paint;
  /** Data of any origin as one safe line; arrows and dots of ours in ASCII where Unicode is off. */
  readonly text: Paint;
  readonly symbols: Symbols;
}

export type Paint = (text: string) => string;

interface Symbols {
  readonly succeeded: string;
  readonly failed: string;
  readonly skipped: string;
  readonly waiting: string;
  readonly spinner: readonly string[];
}

export interface StyleOptions {
  readonly colour: boolean;
  readonly unicode: boolean;
}

const UNICODE_SYMBOLS: Symbols = {
  succeeded: '✔',
  failed: '✖',
  skipped: '↓',
  waiting: '·',
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
};

const ASCII_SYMBOLS: Symbols = {
  succeeded: '+',
  failed: 'x',
  skipped: '-',
  waiting: '.',
  spinner: ['-', '\\', '|', '/'],
};

const ASCII_FORMS: Readonly<Record<string, string>> = { '→': '->', '…': '...', '·': '-' };

export function createStyle({ colour, unicode }: StyleOptions): Style {
  const sgr =
    (on: number, off: number): Paint =>
    (text) =>
      colour ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return {
    unicode,
    good: sgr(32, 39),
    bad: sgr(31, 39),
    caution: sgr(33, 39),
    faint: sgr(2, 22),
    strong: sgr(1, 22),
    text: (text) => (unicode ? escapeLine(text) : toAscii(escapeLine(text))),
    symbols: unicode ? UNICODE_SYMBOLS : ASCII_SYMBOLS,
  };
}

function toAscii(text: string): string {
  return text.replace(/[→…·]/g, (symbol) => ASCII_FORMS[symbol] ?? symbol);
}
