import type { Command, ToolRun } from '../../domain/command.ts';
import { failure, type Failure } from '../../domain/failure.ts';
import type { IndexEntry } from '../../domain/record.ts';
import type { CaptureContext } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { openMode, sourceFailure, type SourceFile } from './source-file.ts';
import { databaseUri, sqliteCommand, sqliteFailure } from './tool.ts';

/** What a database says about itself at one moment. */
export interface Contents {
  readonly pragmas: {
    readonly userVersion: number;
    readonly applicationId: number;
    readonly pageSize: number;
    readonly pageCount: number;
    readonly encoding: string;
  };
  /** Everything in the schema but SQLite's own tables; tables first, then in order of creation. */
  readonly objects: readonly SchemaObject[];
}

export interface SchemaObject {
  readonly type: 'table' | 'index' | 'view' | 'trigger';
  readonly name: string;
  /** Null for an index that a constraint implies. */
  readonly sql: string | null;
  /** A table that a virtual table makes for itself. */
  readonly shadow: 0 | 1;
}

const QUERY = `SELECT json_object(
  'pragmas', json_object(
    'userVersion', (SELECT user_version FROM pragma_user_version),
    'applicationId', (SELECT application_id FROM pragma_application_id),
    'pageSize', (SELECT page_size FROM pragma_page_size),
    'pageCount', (SELECT page_count FROM pragma_page_count),
    'encoding', (SELECT encoding FROM pragma_encoding)),
  'objects', (SELECT json_group_array(json_object('type', type, 'name', name, 'sql', sql, 'shadow', shadow)) FROM (
    SELECT type, name, sql, EXISTS (
      SELECT 1 FROM pragma_table_list AS list WHERE list.name = master.name AND list.type = 'shadow') AS shadow
    FROM sqlite_master AS master
    WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    ORDER BY type <> 'table', rowid)));`;

const MAX_SCHEMA_BYTES = 256 * 1024 * 1024;

type Surroundings = Pick<CaptureContext, 'tools' | 'signal'>;

/** Of a private copy that nobody writes to. */
export async function readCopyContents(context: Surroundings, path: string): Promise<Result<Contents>> {
  return read(context, sqliteCommand(databaseUri(path, 'immutable=1'), [QUERY]), (run) =>
    sqliteFailure('SOURCE_FAILED', `read the schema of ${path}`, run),
  );
}

/** Of the source itself, as one statement and so at one moment. */
export async function readSourceContents(
  context: Surroundings,
  source: SourceFile,
  busyTimeoutMs: number,
): Promise<Result<Contents>> {
  const uri = databaseUri(source.resolved, openMode(source));
  return read(context, sqliteCommand(uri, [QUERY], busyTimeoutMs), (run) =>
    sourceFailure(source, `read the schema of ${source.resolved}`, run),
  );
}

async function read(
  context: Surroundings,
  command: Command,
  explain: (run: ToolRun) => Failure,
): Promise<Result<Contents>> {
  const run = await context.tools.run(command, { signal: context.signal, maxOutputBytes: MAX_SCHEMA_BYTES });
  if (!run.ok) return run;
  if (run.value.exitCode !== 0) return failed(explain(run.value));
  try {
    return ok(JSON.parse(run.value.stdout.toString('utf8')) as Contents);
  } catch {
    return failed(failure('TOOL_OUTPUT', 'sqlite3 did not answer in JSON when it was asked for the schema'));
  }
}

export function countTables({ objects }: Contents): number {
  return objects.filter(({ type, shadow }) => type === 'table' && shadow === 0).length;
}

/** Index entries `table/users`, `view/…`, sorted by path bytes. */
export function indexEntries({ objects }: Contents): readonly IndexEntry[] {
  return objects
    .map(({ type, name }) => Buffer.from(`${type}/${name}`))
    .sort((a, b) => Buffer.compare(a, b))
    .map((path) => ({ path: path.toString(), type: 'object', stored: true }));
}
