import { failure, type Failure } from '../../domain/failure.ts';
import { displayBytes, readDisplayed, toBytePath, type BytePath } from '../../domain/index-entry.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { pathOfKey, type DocumentFacts } from './entries.ts';

/** A document to restore. */
export interface Choice {
  readonly document: CapturedDocument;
  /** Top-level keys to restore into the live document; absent for the whole document. */
  readonly keys?: readonly string[];
}

export interface CapturedDocument extends DocumentFacts {
  /** As the index spells it. */
  readonly path: string;
}

/** Undefined where the header does not say what a capture writes. */
export function readDocuments(
  facts: Readonly<Record<string, unknown>>,
): readonly CapturedDocument[] | undefined {
  const listed: unknown = facts['documents'];
  if (!Array.isArray(listed)) return undefined;
  const read = listed.map(readOne).filter((one) => one !== undefined);
  return read.length === listed.length ? read : undefined;
}

function readOne(value: unknown): CapturedDocument | undefined {
  const { artifact, configured, resolved, keys } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof artifact !== 'string' || typeof configured !== 'string' || typeof resolved !== 'string') {
    return undefined;
  }
  const path = textOf(readDisplayed(resolved)).slice(1);
  if (!resolved.startsWith('/') || !isInside(path)) return undefined;
  const known = Array.isArray(keys) ? { keys: keys.filter((key) => typeof key === 'string') } : {};
  return { artifact, configured, resolved, path, ...known };
}

/** A path that could lead out of the destination names no document. */
function isInside(path: string): boolean {
  if (path.includes('\0')) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function textOf(path: BytePath | undefined): string {
  return Buffer.from(path ?? '', 'latin1').toString('utf8');
}

/**
 * A word names a document, a top-level key as `FILE#KEY`, or a key alone where only one document has
 * it. Without words everything is chosen.
 */
export function choose(
  documents: readonly CapturedDocument[],
  only: readonly string[],
): Result<readonly Choice[]> {
  if (only.length === 0) return ok(documents.map((document) => ({ document })));
  const whole = new Set<CapturedDocument>();
  const keys = new Map<CapturedDocument, string[]>();
  for (const word of only) {
    const found = find(documents, word);
    if (!found.ok) return found;
    const { document, key } = found.value;
    if (key === undefined) whole.add(document);
    else keys.set(document, [...(keys.get(document) ?? []).filter((one) => one !== key), key]);
  }
  const chosen = documents.filter((document) => whole.has(document) || keys.has(document));
  return ok(
    chosen.map((document) =>
      whole.has(document) ? { document } : { document, keys: keys.get(document) ?? [] },
    ),
  );
}

/** For lists: the entries of the chosen documents and keys, as they are shown. */
export function selects(
  facts: Readonly<Record<string, unknown>>,
  only: readonly string[],
): (path: string) => boolean {
  const choices = choose(readDocuments(facts) ?? [], only);
  if (!choices.ok) return () => false;
  const names = choices.value.flatMap(({ document: { path, keys: all = [] }, keys }) =>
    keys === undefined
      ? [path, ...all.map((key) => pathOfKey(path, key))]
      : keys.map((key) => pathOfKey(path, key)),
  );
  const shown = new Set(names.map((name) => displayBytes(toBytePath(name))));
  return (path) => shown.has(path);
}

interface Found {
  readonly document: CapturedDocument;
  readonly key?: string;
}

function find(documents: readonly CapturedDocument[], word: string): Result<Found> {
  const spellings = new Set([word, textOf(readDisplayed(word) ?? toBytePath(word))]);
  for (const text of spellings) {
    const document = documents.find((one) => names(one, text));
    if (document !== undefined) return ok({ document });
  }
  const candidates = [...spellings].flatMap((text) => findKey(documents, text));
  const [first, second] = candidates;
  if (first !== undefined && second === undefined) return ok(first);
  return failed(first === undefined ? unknown(documents, word) : ambiguous(word, candidates));
}

function findKey(documents: readonly CapturedDocument[], text: string): readonly Found[] {
  for (let hash = text.indexOf('#'); hash !== -1; hash = text.indexOf('#', hash + 1)) {
    const key = text.slice(hash + 1);
    const document = documents.find((one) => names(one, text.slice(0, hash)));
    if (document?.keys?.includes(key) === true) return [{ document, key }];
  }
  return documents.filter(({ keys }) => keys?.includes(text)).map((document) => ({ document, key: text }));
}

function names({ path, configured }: CapturedDocument, text: string): boolean {
  return text === configured || text.replace(/^\/+/, '') === path;
}

const MAX_LISTED = 20;

function unknown(documents: readonly CapturedDocument[], word: string): Failure {
  const all = documents.flatMap(({ configured, keys = [] }) =>
    documents.length === 1 ? keys : keys.map((key) => `${configured}#${key}`),
  );
  const listed = all.slice(0, MAX_LISTED).join(', ');
  const more = all.length > MAX_LISTED ? ` and ${String(all.length - MAX_LISTED)} more` : '';
  const hint = all.length === 0 ? 'Its documents have no keys.' : `It has ${listed}${more}.`;
  return failure('NOT_FOUND', `the snapshot has no document and no top-level key "${word}"`, { hint });
}

function ambiguous(word: string, found: readonly Found[]): Failure {
  const places = found.map(({ document, key = '' }) => `${document.configured}#${key}`).join(', ');
  return failure('NOT_FOUND', `several documents have the key "${word}"`, { hint: `Name one of ${places}.` });
}
