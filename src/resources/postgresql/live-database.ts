import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { ArchiveContents } from './archive-contents.ts';
import { toDatabase } from './connection.ts';
import { qualifiedName } from './entries.ts';
import type { LoadOrder } from './load.ts';
import { ask, askJson, type Asking } from './server.ts';

/** Every server has it. */
const MAINTENANCE = 'postgres';

/** A database that is gone is made again as it was: with its encoding, locale and owner's rights to come. */
export async function createMissing(order: LoadOrder, contents: ArchiveContents): Promise<Result<void>> {
  const there = await ask(askingOf(order), ['SELECT 1']);
  if (there.ok) return ok();
  if (there.failure.code !== 'SOURCE_MISSING') return there;
  const { definition } = contents.entries.find(({ kind }) => kind === 'DATABASE') ?? {};
  if (definition === undefined) {
    const hint = `Create the database by hand.`;
    return failed(failure('RESTORE_FAILED', 'the dump does not say how to create its database', { hint }));
  }
  const asking = { ...askingOf(order), environment: toDatabase(order.environment, MAINTENANCE) };
  const created = await ask(asking, [definition]);
  return created.ok ? ok() : created;
}

function askingOf({ context, environment }: LoadOrder): Asking {
  const { tools, signal } = context;
  return { tools, environment, signal, otherwise: 'RESTORE_FAILED' };
}

interface Relation {
  readonly schema: string;
  readonly tag: string;
}

/** Tables and views that nobody's extension brought. */
const RELATIONS = `SELECT coalesce(json_agg(json_build_object('schema', nspname, 'tag', relname) ORDER BY nspname, relname), '[]')
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')`;

const LISTED = 10;

/** What the live database has and the dump does not: it stays, and a person should know. */
export async function strangersIn(
  order: LoadOrder,
  { entries }: ArchiveContents,
): Promise<Result<readonly string[]>> {
  const live = await askJson<readonly Relation[]>(askingOf(order), RELATIONS);
  if (!live.ok) return live;
  const dumped = new Set(entries.map(qualifiedName));
  const strangers = live.value
    .map(({ schema, tag }) => qualifiedName({ schema, tag, kind: 'TABLE' }))
    .filter((name) => !dumped.has(name));
  if (strangers.length === 0) return ok([]);
  const more = strangers.length > LISTED ? ` and ${String(strangers.length - LISTED)} more` : '';
  const listed = `${strangers.slice(0, LISTED).join(', ')}${more}`;
  return ok([`the snapshot of ${order.database.name} does not have ${listed}, which stays`]);
}
