import { failure } from '../../domain/failure.ts';
import type { ChainLink } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Capture } from './capture.ts';
import { GLOBALS } from './entries.ts';

/** A part of a snapshot, and its name as a file. */
export interface SnapshotPart {
  readonly artifact: string;
  readonly file: string;
}

export interface SnapshotDatabase extends SnapshotPart {
  readonly name: string;
}

export interface SnapshotParts {
  readonly databases: readonly SnapshotDatabase[];
  readonly globals?: SnapshotPart;
  /** False where the dump leaves something out that the live database may have. */
  readonly whole: boolean;
}

/** What the index header says. */
export function snapshotFacts(
  { databases, server, client, options }: Capture,
  withGlobals: boolean,
): Readonly<Record<string, unknown>> {
  const { host, port } = options.connection;
  return {
    databases: databases.map((name, at): SnapshotDatabase => ({
      name,
      artifact: artifactName(databases, at),
      file: `${fileName(name)}.dump`,
    })),
    ...(withGlobals ? { globals: { artifact: GLOBALS, file: 'globals.sql' } } : {}),
    whole: Object.keys({ ...options.include, ...options.exclude }).length === 0,
    server,
    pgDump: client,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
  };
}

export function artifactName(databases: readonly string[], at: number): string {
  return databases.length === 1 ? 'database' : `database-${String(at + 1)}`;
}

/** Names of databases are any bytes. */
function fileName(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`)
      .join(''),
  );
}

/** From the snapshot itself: a restore may have no plan. */
export async function readParts(link: ChainLink): Promise<Result<SnapshotParts>> {
  const lines = await link.index();
  if (!lines.ok) return lines;
  for await (const header of lines.value) {
    const parts = partsIn(header);
    if (parts !== undefined) return ok(parts);
    break;
  }
  return failed(failure('CORRUPT', 'the index does not say which databases were dumped'));
}

function partsIn(header: Buffer): SnapshotParts | undefined {
  const { facts } = JSON.parse(header.toString('utf8')) as { readonly facts?: Partial<SnapshotParts> };
  const { databases, globals, whole = false } = facts ?? {};
  if (!Array.isArray(databases) || databases.length === 0) return undefined;
  const parts = [...(databases as readonly SnapshotPart[]), ...(globals === undefined ? [] : [globals])];
  if (!parts.every(({ artifact, file }) => typeof artifact === 'string' && isPlainName(file)))
    return undefined;
  return { databases, whole, ...(globals === undefined ? {} : { globals }) };
}

function isPlainName(file: unknown): boolean {
  return typeof file === 'string' && /^[A-Za-z0-9_%-][A-Za-z0-9_%.-]*$/.test(file);
}
