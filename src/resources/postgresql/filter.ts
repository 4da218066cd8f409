import type { JsonObject } from '../../domain/json.ts';

/** Patterns as psql and pg_dump read them: `schema.table`, `*`, `?`, names with capitals in double quotes. */
export interface Filter {
  readonly tables?: readonly string[];
  readonly schemas?: readonly string[];
  /** Tables whose definition is kept and whose rows are not. */
  readonly data?: readonly string[];
}

export function filterSchema(description: string, offersData: boolean): JsonObject {
  const data = patterns('Tables whose definition is kept and whose rows are not.', ['public.sessions']);
  return {
    type: 'object',
    additionalProperties: false,
    minProperties: 1,
    description: `${description} Patterns are those of pg_dump: \`*\`, \`?\`, and double quotes around names that are not all lower case.`,
    examples: [{ tables: ['public.orders', 'audit.*'] }],
    properties: {
      tables: patterns('Tables, views and sequences.', ['public.orders', 'audit.*']),
      schemas: patterns('Schemas with all that is in them.', ['public']),
      ...(offersData ? { data } : {}),
    },
  };
}

function patterns(description: string, examples: readonly string[]): JsonObject {
  return {
    type: 'array',
    items: { type: 'string', minLength: 1 },
    minItems: 1,
    description,
    examples: [examples],
  };
}

/** Arguments of pg_dump. Without `--strict-names` it skips what it does not find, and exits 0. */
export function filterArguments(include: Filter, exclude: Filter): readonly string[] {
  const included = [...flags('table', include.tables), ...flags('schema', include.schemas)];
  return [
    ...included,
    ...(included.length === 0 ? [] : ['--strict-names']),
    ...flags('exclude-table', exclude.tables),
    ...flags('exclude-schema', exclude.schemas),
    ...flags('exclude-table-data', exclude.data),
  ];
}

function flags(name: string, patterns: readonly string[] = []): readonly string[] {
  return patterns.map((pattern) => `--${name}=${pattern}`);
}
