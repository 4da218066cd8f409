import {
  BANDWIDTH_PATTERN,
  DURATION_PATTERN,
  parseBandwidth,
  parseDuration,
  parseSize,
  parseTimeLimit,
  SIZE_PATTERN,
  TIME_LIMIT_PATTERN,
} from '../../domain/quantity.ts';
import { nearest } from '../schema-errors/nearest.ts';
import { literalSecret } from '../schema-errors/value-errors.ts';
import { schemaOfEach } from '../schema/navigate.ts';
import { planSchema } from '../schema/plan-schema.ts';
import type { Schema } from '../schema/shape.ts';
import { at, entriesAt, objectOf, type Path, type Tree } from '../source/tree.ts';
import { find, type CheckContext } from './context.ts';

/** Checks that hang on what the schema says about a value, wherever an adapter has put it. */
export function checkMarks(context: CheckContext): void {
  const schema = planSchema(context.registries);
  const used = new Set<string>();
  for (const { schema: own, value, path } of schemaOfEach(schema, schema, objectOf(context.tree))) {
    if (typeof value !== 'string') continue;
    const tree = at(context.tree, path);
    if (tree === undefined || context.unknown.has(tree)) continue;
    checkQuantity(context, { schema: own, text: value, tree, path });
    if (own['x-secret'] !== true) continue;
    used.add(value);
    checkSecretName(context, { schema: own, text: value, tree, path });
  }
  noteUnusedSecrets(context, used);
}

interface Marked {
  readonly schema: Schema;
  readonly text: string;
  readonly tree: Tree;
  readonly path: Path;
}

/** A number can fit the pattern and still be too large to count with. */
function checkQuantity({ report }: CheckContext, { schema, text, tree, path }: Marked): void {
  const { pattern } = schema;
  if (typeof pattern !== 'string' || !new RegExp(pattern).test(text)) return;
  const quantity = QUANTITIES[pattern];
  if (quantity?.parse(text) !== undefined || quantity === undefined) return;
  report.error(quantity.code, quantity.message, tree.place, { path });
}

interface Quantity {
  readonly parse: (text: string) => number | undefined;
  readonly code: 'BP1111' | 'BP1112';
  readonly message: string;
}

const QUANTITIES: Readonly<Record<string, Quantity>> = {
  [DURATION_PATTERN]: { parse: parseDuration, code: 'BP1111', message: 'this duration is too long' },
  [TIME_LIMIT_PATTERN]: { parse: parseTimeLimit, code: 'BP1111', message: 'this time limit is too long' },
  [SIZE_PATTERN]: { parse: parseSize, code: 'BP1112', message: 'this size is too large' },
  [BANDWIDTH_PATTERN]: { parse: parseBandwidth, code: 'BP1112', message: 'this bandwidth is too large' },
};

/** What is no declared name may be the secret itself, so it is neither repeated nor shown. */
function checkSecretName(context: CheckContext, { text, tree, path }: Marked): void {
  if (find(context.tree, ['secrets', text]) !== undefined) return;
  const declared = entriesAt(context.tree, ['secrets']).map(([name]) => name);
  const guess = nearest(text, declared);
  if (guess !== undefined) {
    context.report.error('BP1201', `there is no secret "${text}"`, tree.place, {
      path,
      label: `did you mean "${guess}"?`,
    });
    return;
  }
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,31}$/.test(text)) {
    const { code, message, help } = literalSecret(tree, context);
    context.report.error(code, message, tree.place, { path, ...(help === undefined ? {} : { help }) });
    return;
  }
  context.report.redact(tree.place, text);
  const list = declared.length === 0 ? 'The plan declares no secrets.' : `Known: ${declared.join(', ')}.`;
  context.report.error('BP1201', 'this is not the name of a declared secret', tree.place, {
    path,
    help: list,
  });
}

function noteUnusedSecrets({ tree, report }: CheckContext, used: ReadonlySet<string>): void {
  for (const [name, { keyPlace }] of entriesAt(tree, ['secrets'])) {
    if (!used.has(name))
      report.note('BP2006', `secret "${name}" is not used`, keyPlace, { path: ['secrets', name] });
  }
}
