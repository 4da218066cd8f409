export interface Interpolation {
  readonly text: string;
  readonly problems: readonly InterpolationProblem[];
}

export type InterpolationProblem =
  | { readonly kind: 'unset'; readonly variable: string; readonly message?: string }
  | { readonly kind: 'malformed'; readonly text: string };

export type Environment = Readonly<Record<string, string | undefined>>;

/** `$$`, `${V}`, `${V:-default}`, `${V:?message}`; anything else that starts with `${` is a mistake. */
const TOKEN = /\$\$|\$\{([^}]*)\}?/g;
const EXPRESSION = /^([A-Za-z_][A-Za-z0-9_]*)(?::([-?])(.*))?$/s;

/** Undefined where nothing in the text is to be replaced. What a variable holds is never looked into again. */
export function interpolate(text: string, environment: Environment): Interpolation | undefined {
  if (!text.includes('$$') && !text.includes('${')) return undefined;
  const problems: InterpolationProblem[] = [];
  const replaced = text.replace(TOKEN, (token: string, inner: string | undefined) => {
    if (inner === undefined) return '$';
    const result = token.endsWith('}') ? evaluate(inner, environment) : undefined;
    if (typeof result === 'string') return result;
    problems.push(result ?? { kind: 'malformed', text: token });
    return token;
  });
  return { text: replaced, problems };
}

/** True where the whole text is one `${…}`, whose value then gets the type that it looks like. */
export function isOneExpression(text: string): boolean {
  return /^\$\{[^}]*\}$/.test(text);
}

function evaluate(inner: string, environment: Environment): string | InterpolationProblem | undefined {
  const match = EXPRESSION.exec(inner);
  const variable = match?.[1];
  if (match === null || variable === undefined) return undefined;
  const [, , operator, operand = ''] = match;
  const value = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
  if (operator === undefined) return value ?? { kind: 'unset', variable };
  if (value !== undefined && value !== '') return value;
  return operator === '-' ? operand : { kind: 'unset', variable, message: operand };
}
