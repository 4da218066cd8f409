import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { ArchiveContents } from './archive-contents.ts';
import { toDatabase } from './connection.ts';
import { qualifiedName } from './entries.ts';
import type { LoadOrder } from './load.ts';
import { ask, askJson, identifier, type Asking } from './server.ts';

/** Every server has it. */
const MAINTENANCE = 'postgres';

/** A database that is gone is made again as it was, with its encoding and locale. */
export async function createMissing(order: LoadOrder, contents: ArchiveContents): Promise<Result<void>> {
  const there = await ask(askingOf(order), ['SELECT 1']);
  if (there.ok) return ok();
  if (there.failure.code !== 'SOURCE_MISSING') return there;
  return create(order, contents);
}

/** A new database with the encoding and locale of the old one; a name that is taken is refused. */
export async function createBeside(order: LoadOrder, contents: ArchiveContents): Promise<Result<void>> {
  const there = await ask(askingOf(order), ['SELECT 1']);
  if (!there.ok && there.failure.code === 'SOURCE_MISSING') return create(order, contents);
  if (!there.ok) return there;
  const hint = 'Choose a name that no database has.';
  return failed(failure('DESTINATION_REFUSED', `the database ${order.target} exists`, { hint }));
}

/** What was made for a load that failed is of no use to anybody. */
export async function dropBeside(order: LoadOrder): Promise<void> {
  const asking = { ...askingOf(order), environment: toDatabase(order.environment, MAINTENANCE) };
  await ask({ ...asking, signal: new AbortController().signal }, [
    `DROP DATABASE IF EXISTS ${identifier(order.target)}`,
  ]);
}

/** The statement of a dump, up to the name of the database. */
const CREATE_DATABASE = /^CREATE DATABASE (?:"(?:[^"]|"")*"|\S+)/;

async function create(order: LoadOrder, contents: ArchiveContents): Promise<Result<void>> {
  const { definition } = contents.entries.find(({ kind }) => kind === 'DATABASE') ?? {};
  if (definition === undefined) {
    const hint = `Create the database by hand.`;
    return failed(failure('RESTORE_FAILED', 'the dump does not say how to create its database', { hint }));
  }
  const asking = { ...askingOf(order), environment: toDatabase(order.environment, MAINTENANCE) };
  const renamed = definition.replace(CREATE_DATABASE, () => `CREATE DATABASE ${identifier(order.target)}`);
  const created = await ask(asking, [renamed]);
  return created.ok ? ok() : created;
}

function askingOf({ context, environment }: LoadOrder): Asking {
  const { tools, signal } = context;
  return { tools, environment, signal, otherwise: 'RESTORE_FAILED' };
}

/** Something of the live database that the dump does not have. */
export interface Stranger {
  /** `public.newer`. */
  readonly name: string;
  /** What drops it, with all that stands on it, also where it has gone with another one. */
  readonly drop: string;
}

interface Found {
  readonly schema: string;
  readonly tag: string;
  readonly kind: string;
  readonly drop: string;
}

/** What neither the system nor an extension brought. */
const OWN = `nspname !~ '^pg_' AND nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = one.oid AND deptype IN ('e', 'i', 'a'))`;

const FOUND = `SELECT coalesce(json_agg(found), '[]') FROM (
  SELECT nspname AS schema, relname AS tag, 'TABLE' AS kind, format('DROP %s IF EXISTS %I.%I CASCADE;', CASE relkind
    WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE'
    WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, nspname, relname) AS drop
  FROM pg_class AS one JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT relispartition AND ${OWN}
  UNION ALL
  SELECT nspname, proname, 'ROUTINE', format('DROP ROUTINE IF EXISTS %s CASCADE;', one.oid::regprocedure)
  FROM pg_proc AS one JOIN pg_namespace ON pg_namespace.oid = pronamespace WHERE ${OWN}
  UNION ALL
  SELECT nspname, typname, 'TYPE', format('DROP TYPE IF EXISTS %I.%I CASCADE;', nspname, typname)
  FROM pg_type AS one JOIN pg_namespace ON pg_namespace.oid = typnamespace WHERE typtype IN ('e', 'd', 'r') AND ${OWN}
) AS found`;

/** What would stay, or stand in the way, when the database is replaced by the dump. */
export async function strangersIn(
  order: LoadOrder,
  { entries }: ArchiveContents,
): Promise<Result<readonly Stranger[]>> {
  const asking = askingOf(order);
  const environment = {
    ...asking.environment,
    env: { ...asking.environment.env, PGOPTIONS: '-c search_path=' },
  };
  const live = await askJson<readonly Found[]>({ ...asking, environment }, FOUND);
  if (!live.ok) return live;
  const dumped = new Set(entries.map((entry) => keyOf(entry)));
  const strangers = live.value.filter((found) => !dumped.has(keyOf(found)));
  return ok(strangers.map((found) => ({ name: qualifiedName(found), drop: found.drop })));
}

/** On their own: several connections share no transaction. */
export async function dropStrangers(order: LoadOrder, strangers: readonly Stranger[]): Promise<Result<void>> {
  const dropped = await ask(
    askingOf(order),
    strangers.map(({ drop }) => drop),
  );
  return dropped.ok ? ok() : dropped;
}

/** A routine of the archive has its arguments after its name; another one of the same name is as good as it. */
function keyOf({ schema, tag, kind }: Pick<Found, 'schema' | 'tag' | 'kind'>): string {
  const isRoutine = ['FUNCTION', 'PROCEDURE', 'AGGREGATE', 'ROUTINE'].includes(kind);
  return JSON.stringify([isRoutine, schema, isRoutine ? tag.replace(/\(.*/s, '') : tag]);
}

const LISTED = 10;

export function strangersWarning(database: string, strangers: readonly Stranger[]): readonly string[] {
  if (strangers.length === 0) return [];
  const more = strangers.length > LISTED ? ` and ${String(strangers.length - LISTED)} more` : '';
  const names = strangers.slice(0, LISTED).map(({ name }) => name);
  return [`${database} had ${names.join(', ')}${more}, which the snapshot does not have: dropped`];
}
