import { Composer, Lexer, Parser, type CST, type Document, type YAMLError } from 'yaml';
import type { Diagnostic } from '../../domain/diagnostic.ts';
import type { Report } from '../report.ts';
import type { Source } from './source.ts';

/** Deeper nesting than any plan needs; the parser's own limit is the stack. */
const MAX_DEPTH = 64;

/** Text → YAML document, or undefined with every syntax error said. */
export function parseSource(source: Source, report: Report): Document.Parsed | undefined {
  const tokens = tokensOf(source.text);
  if (typeof tokens === 'number') {
    report.error('BP1013', `nested deeper than ${MAX_DEPTH} levels`, {
      source,
      start: tokens,
      end: tokens + 1,
    });
    return undefined;
  }
  const composer = new Composer({ version: '1.2', merge: true, uniqueKeys: false, keepSourceTokens: false });
  const documents = [...composer.compose(tokens, true, source.text.length)];
  const [first, second] = documents;
  const syntaxErrors = documents.flatMap((document) => [...document.errors, ...document.warnings]);
  for (const error of withoutEchoes(syntaxErrors)) reportSyntax(error, source, report);
  if (syntaxErrors.length > 0) return undefined;
  if (second !== undefined && second.contents !== null) {
    const start = second.contents.range[0];
    const help = 'Put each plan into a file of its own.';
    report.error(
      'BP1009',
      'a plan file holds one YAML document, this is a second one',
      { source, start, end: start + 1 },
      { help },
    );
    return undefined;
  }
  if (first === undefined || first.contents === null || isEmptyScalar(first)) {
    const help = 'Start with `version: 1`, or let `backup-plan init` write a plan.';
    report.error('BP1004', `${source.file} is empty`, { source, start: 0, end: 0 }, { help });
    return undefined;
  }
  return first;
}

function isEmptyScalar(document: Document.Parsed): boolean {
  const { contents } = document;
  return (
    contents !== null &&
    'value' in contents &&
    contents.value === null &&
    contents.range[0] === contents.range[1]
  );
}

/**
 * Syntax tree without recursion, because a hostile one would overflow the stack when it is composed.
 * Returns the offset at which it becomes too deep.
 */
function tokensOf(text: string): readonly CST.Token[] | number {
  const lexer = new Lexer();
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of lexer.lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    // The outermost entry is the document.
    if (parser.stack.length > MAX_DEPTH + 1) return parser.offset;
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

/** What the parser says after a first mistake in the syntax is mostly its echo. */
function withoutEchoes(errors: readonly YAMLError[]): readonly YAMLError[] {
  const first = errors.find(({ code }) => KNOWN[code] === undefined);
  return errors.filter((error) => error === first || KNOWN[error.code] !== undefined);
}

const KNOWN: Partial<Record<YAMLError['code'], { code: Diagnostic['code']; help: string }>> = {
  TAB_AS_INDENT: { code: 'BP1006', help: 'Indent with spaces.' },
  TAG_RESOLVE_FAILED: {
    code: 'BP1008',
    help: 'Leave the tag out; a plan has only text, numbers, true, false, lists and maps.',
  },
};

function reportSyntax(error: YAMLError, source: Source, report: Report): void {
  const [start, end] = error.pos;
  const known = KNOWN[error.code];
  const place = { source, start, end: Math.max(end, start + 1) };
  const help = known?.help ?? helpFor(error, source);
  report.error(known?.code ?? 'BP1005', messageOf(error), place, help === undefined ? {} : { help });
}

/** Between braces and brackets, a plain `${` opens another map. */
function helpFor({ pos: [start] }: YAMLError, { text }: Source): string | undefined {
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, text.indexOf('\n', start) >>> 0);
  return /[[{].*[^"']\$\{/.test(line)
    ? 'Quote what contains "${…}" between braces or brackets: { key: "${NAME}" }.'
    : undefined;
}

function messageOf({ code, message }: YAMLError): string {
  if (code === 'TAB_AS_INDENT') return 'a tab is used as indentation';
  const plain = message.replace(/\.$/, '');
  return /^[A-Z][a-z]/.test(plain) ? plain.charAt(0).toLowerCase() + plain.slice(1) : plain;
}
