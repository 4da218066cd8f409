/** Something to say about a plan file, at a place. */
export interface Diagnostic {
  /** BP1xxx plan, BP2xxx lints, BP3xxx weakening changes. */
  readonly code: `BP${number}`;
  readonly severity: 'error' | 'warning' | 'note';
  /** Lower-case, no full stop. */
  readonly message: string;
  /** Plan path such as `resources.calls.schedule`. */
  readonly address?: string;
  readonly range?: SourceRange;
  /** Shown under the excerpt, beside the carets. */
  readonly label?: string;
  /** A sentence that says what to do. */
  readonly help?: string;
}

/** One-based lines and columns (in UTF-16 code units), end exclusive. */
export interface SourceRange {
  /** Path as the user would type it. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** What a resource or target type says about its options; `config` adds the place. */
export interface Finding {
  readonly code: `BP${number}`;
  readonly severity: 'error' | 'warning' | 'note';
  readonly message: string;
  /** Path below the options, e.g. `['paths', 0]`. */
  readonly path: readonly (string | number)[];
  readonly help?: string;
}

/** A file that diagnostics point into; what may be a secret in it is blotted out. */
export interface SourceText {
  /** As in `SourceRange.file`. */
  readonly file: string;
  readonly text: string;
}
