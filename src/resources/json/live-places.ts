import { chmod, lstat, open, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { errnoOf } from '../../domain/errno.ts';
import { failure } from '../../domain/failure.ts';
import { checkPlanned } from '../../domain/planned-path.ts';
import type { LivePlace, LivePlaces, PlaceContext } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { parseDocument } from './document.ts';
import { mapPath } from './map-path.ts';
import { mergeMembers, type JsonObjectText } from './merge.ts';
import { readOptions } from './options.ts';
import { readDocument, type ReadDocument } from './read-document.ts';
import { choose, readDocuments, type Choice } from './selection.ts';

/**
 * Each document goes where its configured path leads now. Where only some keys are restored, the
 * staged document of these keys becomes the live one with them in it.
 */
export async function placeDocuments(context: PlaceContext): Promise<Result<LivePlaces>> {
  const documents = readDocuments(context.facts);
  if (documents === undefined) {
    return failed(failure('CORRUPT', 'the index does not say which documents were captured'));
  }
  const choices = choose(documents, context.only);
  if (!choices.ok) return choices;
  const places: LivePlace[] = [];
  for (const choice of choices.value) {
    const place = await placeOne(context, choice);
    if (!place.ok) return place;
    places.push(place.value);
  }
  return ok({ places });
}

async function placeOne(context: PlaceContext, choice: Choice): Promise<Result<LivePlace>> {
  const { path, configured } = choice.document;
  const staged = mapPath(path, context.map);
  const { planDirectory } = context;
  const named = readOptions(context.options).paths.map((one) => resolve(planDirectory, one));
  const planned = staged === path ? checkPlanned(resolve(planDirectory, configured), named) : ok();
  if (!planned.ok) return planned;
  const live = await locate(context, { path, staged, configured });
  if (!live.ok) return live;
  const place = { staged, live: live.value };
  if (choice.keys === undefined || context.staging === undefined) return ok(place);
  return mergeInto(context, place, join(context.staging, staged));
}

interface Names {
  readonly path: string;
  readonly staged: string;
  readonly configured: string;
}

/** A document that a mapping moves goes there, another one where the plan's path leads. */
export function locate(
  { planDirectory }: Pick<PlaceContext, 'planDirectory'>,
  { path, staged, configured }: Names,
): Promise<Result<string>> {
  return resolveLive(staged === path ? resolve(planDirectory, configured) : `/${staged}`);
}

/** What is not there yet lies in the real directory above it. */
async function resolveLive(path: string): Promise<Result<string>> {
  try {
    const real = await realpath(path);
    if ((await lstat(real)).isFile()) return ok(real);
    return refused(path, 'it is no regular file');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') return refused(path, reasonOf(error));
  }
  if (await lstat(path).catch(() => undefined)) return refused(path, 'it is a link that leads nowhere');
  const above = dirname(path);
  const parent = await nearest(above);
  return parent === undefined
    ? refused(path, 'no directory above it can be read')
    : ok(join(parent, basename(path)));
}

async function nearest(directory: string): Promise<string | undefined> {
  try {
    return await realpath(directory);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || dirname(directory) === directory) return undefined;
    const above = await nearest(dirname(directory));
    return above === undefined ? undefined : join(above, basename(directory));
  }
}

type Paired = LivePlace & { readonly staged: string };

async function mergeInto(context: PlaceContext, place: Paired, file: string): Promise<Result<LivePlace>> {
  const { maxBytes } = readOptions(context.options);
  const read = await readDocument({ configured: place.live, planDirectory: '/', maxBytes });
  if (!read.ok) return missingDocument(read.failure.message);
  const live = objectIn(read.value.bytes);
  if (typeof live === 'string') return missingDocument(`${place.live} is not one JSON object: ${live}`);
  const saved = objectIn(await readFile(file));
  if (typeof saved === 'string') throw new Error(`the staged document is broken: ${saved}`);
  await rewrite(context, file, { text: mergeMembers(live, saved), live: read.value });
  const { ino, ctimeNs } = read.value.stats;
  return ok({ ...place, mergedFrom: { inode: String(ino), ctimeNs: String(ctimeNs) } });
}

function missingDocument(message: string): Result<never> {
  const hint = 'Keys are restored into a whole document. Restore the document itself, without naming keys.';
  return failed(failure('DESTINATION_REFUSED', message, { hint }));
}

function objectIn(bytes: Buffer): JsonObjectText | string {
  const parsed = parseDocument(bytes);
  if (!parsed.ok) return parsed.problem;
  const { members } = parsed.document;
  return members === undefined ? 'it is another kind of value' : { ...parsed.document, members };
}

interface Merged {
  readonly text: string;
  readonly live: ReadDocument;
}

/** The live document stays itself, with its owner and its mode, unless others were asked for. */
async function rewrite(
  { owner, fileMode }: PlaceContext,
  file: string,
  { text, live: { stats } }: Merged,
): Promise<void> {
  await chmod(file, 0o600);
  const handle = await open(file, 'r+');
  try {
    await handle.truncate();
    await handle.writeFile(text);
    if (owner === undefined && process.geteuid?.() === 0) {
      await handle.chown(Number(stats.uid), Number(stats.gid));
    }
    await handle.chmod(fileMode ?? Number(stats.mode) & 0o7777);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function refused(path: string, why: string): Result<never> {
  return failed(failure('DESTINATION_REFUSED', `${path} cannot be replaced: ${why}`));
}

function reasonOf(error: unknown): string {
  const code = errnoOf(error);
  if (code === undefined) throw error;
  return code;
}
