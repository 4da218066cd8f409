import { literalSecret } from '../schema-errors/value-errors.ts';
import type { Path, ScalarTree } from '../source/tree.ts';
import { visit } from './check-interpolation.ts';
import type { CheckContext } from './context.ts';

/** Forms that only secrets have. */
const SECRET_FORMS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY/,
  /\b(AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\bgh[pousr]_[A-Za-z0-9]{30,}/,
  /\bgithub_pat_[A-Za-z0-9_]{30,}/,
  /\bglpat-[A-Za-z0-9_-]{20,}/,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/,
  /\bsk_(live|test)_[A-Za-z0-9]{16,}/,
  /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\./,
  /\bhttps:\/\/hooks\.slack\.com\/services\/\S+/,
  /:\/\/[^\s/:@]+:[^\s/@]+@/,
  /^--?(password|passwd|token|secret|api-?key)[= ]./i,
];

/** Names of variables and headers whose value is a secret. */
const SECRET_NAME =
  /(^|[_-])(password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization)$/i;

/** A secret must not stand in the plan, and not get into it through an interpolation either. */
export function checkLiteralSecrets(context: CheckContext): void {
  const seen = new Set<ScalarTree>();
  visit(context.tree, [], (scalar, path) => {
    if (seen.has(scalar) || !isSecret(scalar, path)) return;
    seen.add(scalar);
    const { code, message, help } = literalSecret(scalar, context);
    context.report.error(code, message, scalar.place, { path, ...(help === undefined ? {} : { help }) });
  });
}

function isSecret({ value }: ScalarTree, path: Path): boolean {
  if (typeof value !== 'string') return false;
  const isNamed = path.at(-1) === 'value' && SECRET_NAME.test(String(path.at(-2)));
  return isNamed || SECRET_FORMS.some((form) => form.test(value));
}
