import { FAILURE_KINDS, type Failure } from '../../domain/failure.ts';
import { escapeLines } from '../escape.ts';
import type { Style } from '../style.ts';

/** A failure as a person reads it: code, message, what to do, and the tool's own words. */
export function failureLines(failure: Failure, style: Style): readonly string[] {
  const kind = FAILURE_KINDS[failure.code];
  return [
    `${style.bad(`error[${kind.bp}]`)} ${failure.code}: ${style.text(failure.message)}`,
    `  hint: ${style.text(failure.hint ?? kind.remedy)}`,
    ...toolLines(failure).map((line) => style.faint(`  | ${line}`)),
  ];
}

function toolLines({ toolOutput }: Failure): readonly string[] {
  return toolOutput === undefined || toolOutput.trim() === '' ? [] : escapeLines(toolOutput);
}
