import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { ListedObject } from '../../domain/target.ts';
import { addressOf, requirePlace, type Place } from './place.ts';

/** Some 200 bytes for each object. */
const MOST_LISTING_BYTES = 1024 ** 3;

/** One object or folder, as `rclone lsjson` prints it. */
interface Entry {
  readonly path: string;
  readonly size: number;
  readonly modifiedMs: number;
  readonly isFolder: boolean;
  readonly hashes: Readonly<Record<string, unknown>>;
}

/** Every object below a folder. Output that is not whole is a failure, never a shorter list. */
export async function listObjects(place: Place, prefix: string): Promise<Result<ListedObject[]>> {
  const folder = prefix === '' ? place.remote : addressOf(place, prefix.replace(/\/$/, ''));
  const entries = await listEntries(place, folder);
  if (!entries.ok) return entries;
  const objects = entries.value.map(({ path, size, modifiedMs }) => ({
    key: prefix + path,
    size,
    modifiedMs,
  }));
  return ok(onePerName(objects));
}

/** Names that belong to more than one object. */
export async function countDuplicates(place: Place): Promise<Result<number>> {
  const entries = await listEntries(place, place.remote);
  if (!entries.ok) return entries;
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { path } of entries.value) (seen.has(path) ? twice : seen).add(path);
  return ok(twice.size);
}

async function listEntries(place: Place, folder: string): Promise<Result<Entry[]>> {
  const args = ['lsjson', '--recursive', '--files-only', '--no-mimetype', '--fast-list', '--', folder];
  const options = { maxOutputBytes: MOST_LISTING_BYTES };
  const printed = await place.rclone.run(`listing ${folder}`, args, options);
  if (!printed.ok) {
    if (printed.failure.code !== 'NOT_FOUND') return printed;
    const there = await requirePlace(place);
    return there.ok ? ok([]) : there;
  }
  const entries = parseEntries(printed.value);
  return entries === undefined ? failed(nonsense(`listing ${folder}`)) : ok(entries);
}

/** Undefined where there is no object under the key. */
export async function statObject(
  place: Place,
  key: string,
  looking: Looking = {},
): Promise<Result<Entry | undefined>> {
  const found = await findObject(place, key, looking);
  if (!found.ok || found.value !== undefined) return found;
  const there = await requirePlace(place);
  return there.ok ? found : there;
}

export interface Looking {
  readonly hash?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** As `statObject`, straight after the place was seen. */
export async function findObject(
  place: Place,
  key: string,
  { hash, signal }: Looking = {},
): Promise<Result<Entry | undefined>> {
  const hashing = hash === undefined ? [] : ['--hash', `--hash-type=${hash}`];
  const args = ['lsjson', '--stat', '--no-mimetype', ...hashing, '--', addressOf(place, key)];
  const printed = await place.rclone.run(`looking at ${key}`, args, { signal });
  if (!printed.ok) return printed.failure.code === 'NOT_FOUND' ? ok(undefined) : printed;
  const entry = entryOf(parse(printed.value));
  if (entry === undefined) return failed(nonsense(`looking at ${key}`));
  return ok(entry.isFolder ? undefined : entry);
}

/** Stores that allow several objects of one name give the first that was made. */
function onePerName(objects: readonly ListedObject[]): ListedObject[] {
  const sorted = objects.toSorted((a, b) =>
    a.key === b.key ? a.modifiedMs - b.modifiedMs : a.key < b.key ? -1 : 1,
  );
  return sorted.filter(({ key }, index) => key !== sorted[index - 1]?.key);
}

function parseEntries(printed: Buffer): Entry[] | undefined {
  const list = parse(printed);
  if (!Array.isArray(list)) return undefined;
  const entries = list.map(entryOf);
  return entries.every((entry) => entry !== undefined)
    ? entries.filter(({ isFolder }) => !isFolder)
    : undefined;
}

function parse(printed: Buffer): unknown {
  try {
    return JSON.parse(printed.toString('utf8'));
  } catch {
    return undefined;
  }
}

function entryOf(value: unknown): Entry | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { Path, Size, ModTime, IsDir, Hashes } = value as Record<string, unknown>;
  const modifiedMs = typeof ModTime === 'string' ? Math.floor(Date.parse(ModTime)) : NaN;
  const isSound =
    typeof Path === 'string' &&
    Number.isSafeInteger(Size) &&
    typeof IsDir === 'boolean' &&
    (IsDir || Number.isFinite(modifiedMs));
  if (!isSound) return undefined;
  const hashes = typeof Hashes === 'object' && Hashes !== null ? (Hashes as Record<string, unknown>) : {};
  // Documents of online offices have no size.
  return { path: Path, size: Math.max(0, Size as number), modifiedMs, isFolder: IsDir, hashes };
}

function nonsense(doing: string) {
  return failure('TARGET_IO', `${doing}: rclone ended well, but what it printed is not whole`);
}
