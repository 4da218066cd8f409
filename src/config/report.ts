import type { Diagnostic } from '../domain/diagnostic.ts';
import { rangeOf, type Place } from './source/source.ts';
import { addressOf, type Path } from './source/tree.ts';

type Extra = Pick<Diagnostic, 'label' | 'help'> & { readonly path?: Path };

/** What may be a secret: where it stands, and what it is after interpolation. */
export interface Redaction {
  readonly place: Place;
  readonly value: string;
}

/** Collects what is to be said about a plan. */
export interface Report {
  error(code: Diagnostic['code'], message: string, place: Place | undefined, extra?: Extra): void;
  warning(code: Diagnostic['code'], message: string, place: Place | undefined, extra?: Extra): void;
  note(code: Diagnostic['code'], message: string, place: Place | undefined, extra?: Extra): void;
  /** Hides a stretch of a file in every excerpt, because it may be a secret. */
  redact(place: Place, value: string): void;
  readonly diagnostics: readonly Diagnostic[];
  readonly redacted: readonly Redaction[];
  readonly hasErrors: boolean;
}

export function createReport(): Report {
  const diagnostics: Diagnostic[] = [];
  const redacted: Redaction[] = [];
  const add =
    (severity: Diagnostic['severity']): Report['error'] =>
    (code, message, place, { path, ...rest } = {}) => {
      const address = path === undefined || path.length === 0 ? {} : { address: addressOf(path) };
      const range = place === undefined ? {} : { range: rangeOf(place) };
      diagnostics.push({ code, severity, message, ...address, ...range, ...rest });
    };
  return {
    error: add('error'),
    warning: add('warning'),
    note: add('note'),
    redact: (place, value) => redacted.push({ place, value }),
    diagnostics,
    redacted,
    get hasErrors() {
      return diagnostics.some(({ severity }) => severity === 'error');
    },
  };
}
