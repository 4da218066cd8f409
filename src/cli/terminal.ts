/** What the terminal behind stderr can show. */
export interface TerminalFacts {
  /** The cursor can be moved. */
  readonly isTTY: boolean;
  readonly colour: boolean;
  readonly unicode: boolean;
  readonly columns: number;
  readonly rows?: number;
}

interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

const USUAL_COLUMNS = 80;

/** `wantsColour` is false under --no-color. See https://no-color.org for NO_COLOR. */
export function terminalFacts(
  stream: TerminalStream,
  env: Readonly<Record<string, string | undefined>>,
  wantsColour: boolean,
): TerminalFacts {
  const isTTY = stream.isTTY === true && env['TERM'] !== 'dumb';
  return {
    isTTY,
    colour: isTTY && wantsColour && (env['NO_COLOR'] ?? '') === '',
    unicode: isUtf8Locale(env),
    columns: stream.columns ?? USUAL_COLUMNS,
    ...(stream.rows !== undefined && { rows: stream.rows }),
  };
}

/** Lines that go to a file or another program are as long as they need to be. */
export function columnsOf({ isTTY, columns }: TerminalStream): number {
  return isTTY === true ? (columns ?? USUAL_COLUMNS) : Infinity;
}

/** The first of these that is set and not empty decides, as POSIX says. */
function isUtf8Locale(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(
    (value) => value !== undefined && value !== '',
  );
  return locale !== undefined && /utf-?8/i.test(locale);
}
