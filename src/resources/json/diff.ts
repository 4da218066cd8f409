import { join } from 'node:path';
import type { IndexEntry } from '../../domain/record.ts';
import type { DiffContext, PathDifference } from '../../domain/resource-type.ts';
import { parseDocument } from './document.ts';
import { fileEntry, keyEntry, pathOfKey, sortEntries, type NamedEntry } from './entries.ts';
import { locate } from './live-places.ts';
import { mapPath } from './map-path.ts';
import { readOptions } from './options.ts';
import { readDocument } from './read-document.ts';
import { choose, readDocuments, type Choice } from './selection.ts';

/** Documents and their keys; where only some keys are wanted, just these. */
export async function* diffDocuments(context: DiffContext): AsyncGenerator<PathDifference> {
  const saved = new Map<string, NamedEntry>();
  for await (const line of context.lines) {
    const entry = JSON.parse(line.toString()) as Partial<IndexEntry>;
    if (entry.path !== undefined) saved.set(entry.path, entry as NamedEntry);
  }
  const choices = choose(readDocuments(context.facts) ?? [], context.only);
  if (!choices.ok) return;
  for (const choice of choices.value) {
    yield* compare(choice, saved, await readLive(context, choice));
  }
}

/** The entries that a capture of the live document would list; none where it is missing or broken. */
async function readLive(
  context: DiffContext,
  { document: { path, configured } }: Choice,
): Promise<readonly NamedEntry[]> {
  const staged = mapPath(path, context.map);
  const place =
    context.root === undefined
      ? await locate(context, { path, staged, configured })
      : ({ ok: true, value: join(context.root, staged) } as const);
  if (!place.ok) return [];
  const { maxBytes } = readOptions(context.options);
  const read = await readDocument({ configured: place.value, planDirectory: '/', maxBytes });
  if (!read.ok) return [];
  const parsed = parseDocument(read.value.bytes);
  const document = parsed.ok ? parsed.document : { text: '', empty: false };
  const file = { ...fileEntry(read.value), path };
  return [file, ...(document.members ?? []).map((member) => keyEntry(path, member))];
}

function* compare(
  { document: { path, keys: savedKeys = [] }, keys }: Choice,
  saved: ReadonlyMap<string, NamedEntry>,
  live: readonly NamedEntry[],
): Generator<PathDifference> {
  const found = new Map(live.map((entry) => [entry.path, entry]));
  const wanted = keys ?? savedKeys;
  const names = [...(keys === undefined ? [path] : []), ...wanted.map((key) => pathOfKey(path, key))];
  const extra = keys === undefined ? live.filter((entry) => !saved.has(entry.path)) : [];
  const listed = [...names.flatMap((name) => saved.get(name) ?? []), ...extra];
  for (const entry of sortEntries(listed)) {
    const now = found.get(entry.path);
    if (!saved.has(entry.path)) yield { path: entry.path, state: 'extra' };
    else if (now === undefined) yield { path: entry.path, state: 'missing' };
    else yield { path: entry.path, ...difference(entry, now) };
  }
}

function difference(then: NamedEntry, now: NamedEntry): Pick<PathDifference, 'state' | 'what'> {
  const what = [
    ...(then.sha256 === now.sha256 ? [] : ['content']),
    ...(then.mode === now.mode ? [] : ['mode']),
    ...(then.uid === now.uid && then.gid === now.gid ? [] : ['owner']),
  ];
  return what.length === 0 ? { state: 'same' } : { state: 'changed', what: what.join(', ') };
}
