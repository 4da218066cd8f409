import { FAILURE_KINDS, type FailureCode } from '../domain/failure.ts';
import type { CodeWords } from './codes/code-words.ts';
import { FILE_CODES } from './codes/file-codes.ts';
import { LINT_CODES } from './codes/lint-codes.ts';
import { SCHEMA_CODES } from './codes/schema-codes.ts';
import { MEANING_CODES } from './codes/meaning-codes.ts';

export const DIAGNOSTIC_CODES: Readonly<Record<string, CodeWords>> = {
  ...FILE_CODES,
  ...SCHEMA_CODES,
  ...MEANING_CODES,
  ...LINT_CODES,
};

export interface CodeExplanation {
  /** `BP1103`, or `BP6003 SOURCE_EMPTY`. */
  readonly code: string;
  readonly title: string;
  /** Lines. */
  readonly text: readonly string[];
}

/** Takes `BP1103`, `BP6003` and `SOURCE_EMPTY`, in any case. */
export function explainCode(code: string): CodeExplanation | undefined {
  const wanted = code.trim().toUpperCase();
  const words = Object.hasOwn(DIAGNOSTIC_CODES, wanted) ? DIAGNOSTIC_CODES[wanted] : undefined;
  if (words !== undefined) return { code: wanted, title: words.title, text: linesOf(words) };
  for (const [name, kind] of Object.entries(FAILURE_KINDS) as [
    FailureCode,
    (typeof FAILURE_KINDS)[FailureCode],
  ][]) {
    if (name === wanted || kind.bp === wanted)
      return { code: `${kind.bp} ${name}`, title: kind.summary, text: failureLines(kind) };
  }
  return undefined;
}

function linesOf({ explanation, example }: CodeWords): readonly string[] {
  if (example === undefined) return [explanation];
  return [explanation, '', ...example.split('\n').map((line) => `    ${line}`)];
}

function failureLines(kind: (typeof FAILURE_KINDS)[FailureCode]): readonly string[] {
  const again = kind.retryable
    ? 'A run tries it again by itself.'
    : 'Trying it again does not help by itself.';
  return [kind.remedy, again, `Exit code ${kind.exit}.`];
}
