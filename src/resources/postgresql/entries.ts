import { displayBytes, toBytePath } from '../../domain/index-entry.ts';
import type { IndexEntry } from '../../domain/record.ts';
import type { ArchiveContents, ArchiveEntry } from './archive-contents.ts';

/** Kinds of an archive that people ask for by name, as the index spells them. */
const LISTED: Readonly<Record<string, string>> = {
  TABLE: 'table',
  VIEW: 'view',
  'MATERIALIZED VIEW': 'materialized-view',
  'FOREIGN TABLE': 'foreign-table',
  SEQUENCE: 'sequence',
  FUNCTION: 'function',
  PROCEDURE: 'procedure',
  AGGREGATE: 'aggregate',
  TYPE: 'type',
  DOMAIN: 'domain',
  EXTENSION: 'extension',
  SCHEMA: 'schema',
  BLOBS: 'large-objects',
};

/** Kinds that `schema.name` may mean. */
const RELATIONS = ['table', 'view', 'materialized-view', 'foreign-table', 'sequence'];

/** Roles and tablespaces, as the index spells them. */
export const GLOBALS = 'globals';

export interface DumpedDatabase {
  readonly name: string;
  readonly contents: ArchiveContents;
  readonly sizes: ReadonlyMap<number, number>;
}

/** Index entries `shop/table/public.orders`, with the size of the data, sorted by path bytes. */
export function indexEntries(dumps: readonly DumpedDatabase[], globals: boolean): readonly IndexEntry[] {
  const sizes = new Map<string, number | undefined>(globals ? [[GLOBALS, undefined]] : []);
  for (const dump of dumps) addEntries(sizes, dump);
  return [...sizes]
    .map(([path, size]) => ({ bytes: Buffer.from(path), path, size }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ path, size }) => ({
      path,
      type: 'object',
      ...(size === undefined ? {} : { size }),
      stored: true,
    }));
}

function addEntries(all: Map<string, number | undefined>, { name, contents, sizes }: DumpedDatabase): void {
  const data = new Map<string, number>();
  for (const entry of contents.entries) {
    if (entry.kind === 'TABLE DATA') data.set(qualifiedName(entry), sizes.get(entry.id) ?? 0);
  }
  // A dump of data alone defines nothing, and has the tables all the same.
  for (const [table, size] of data) all.set(pathOf(name, 'table', table), size);
  for (const entry of contents.entries) {
    const kind = LISTED[entry.kind];
    if (kind === undefined) continue;
    const path = entry.kind === 'BLOBS' ? `${word(name)}/${kind}` : pathOf(name, kind, qualifiedName(entry));
    const size = entry.kind === 'BLOBS' ? (all.get(path) ?? 0) + (sizes.get(entry.id) ?? 0) : all.get(path);
    all.set(path, size);
  }
}

export function isTable(path: string): boolean {
  return path.includes('/table/');
}

function pathOf(database: string, kind: string, name: string): string {
  return `${word(database)}/${kind}/${name}`;
}

/** `public.orders`; names that SQL would have to quote stand in double quotes. */
export function qualifiedName({ schema, tag, kind }: Pick<ArchiveEntry, 'schema' | 'tag' | 'kind'>): string {
  const name = kind === 'FUNCTION' || kind === 'PROCEDURE' || kind === 'AGGREGATE' ? tag : word(tag);
  return schema === '' ? name : `${word(schema)}.${name}`;
}

function word(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Which entries the words of `--only` mean: a path of the index, a database, or `schema.table`. */
export function selects(
  facts: Readonly<Record<string, unknown>>,
  only: readonly string[],
): (path: string) => boolean {
  if (only.length === 0) return () => true;
  const databases = databaseNames(facts).map(word);
  const spelled = only.flatMap((one) => [
    one,
    ...databases.flatMap((name) => RELATIONS.map((kind) => `${name}/${kind}/${one}`)),
  ]);
  const wanted = spelled.map((path) => displayBytes(toBytePath(path)));
  return (path) => [...wanted, ...spelled].some((one) => path === one || path.startsWith(`${one}/`));
}

/** Whether a word means an entry of this database, by the same rules. */
export function meansEntry(database: string, entry: ArchiveEntry, only: readonly string[]): boolean {
  const kind = LISTED[entry.kind === 'TABLE DATA' ? 'TABLE' : entry.kind];
  if (kind === undefined) return false;
  const path =
    entry.kind === 'BLOBS' ? `${word(database)}/${kind}` : pathOf(database, kind, qualifiedName(entry));
  return selects({ databases: [{ name: database }] }, only)(displayBytes(toBytePath(path)));
}

/** Whether a word means the database whole. */
export function meansDatabase(database: string, only: readonly string[]): boolean {
  return (
    only.length === 0 || only.some((one) => [word(database), database].includes(one.replace(/\/+$/, '')))
  );
}

function databaseNames({ databases }: Readonly<Record<string, unknown>>): readonly string[] {
  if (!Array.isArray(databases)) return [];
  return databases.flatMap((one: unknown) => {
    const { name } = (one ?? {}) as { readonly name?: unknown };
    return typeof name === 'string' ? [name] : [];
  });
}
