import { failure } from '../../domain/failure.ts';
import { bytePathOf, displayBytes, parseIndexLine } from '../../domain/index-entry.ts';
import type { IndexEntry } from '../../domain/record.ts';
import { IndexUnreadable } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { rawBytesOf } from './select.ts';
import type { RestoreRequest, RestoreTools, Selection } from './request.ts';
import { readChain } from './read-chain.ts';

/** What the newest index of a chain says about a restore; no payload is read. */
export interface Measure {
  /** Of the first line: what was captured from where. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly entries: number;
  readonly bytes: number;
  /** At most this much is written to the file system that holds the staging folder. */
  readonly neededBytes: number;
  /** Bytes at and below a path of the index, for each one that was asked about. */
  readonly bytesBelow: ReadonlyMap<string, number>;
}

export interface MeasureRequest {
  readonly selection: Selection;
  readonly request: RestoreRequest;
  /** Told of every entry that is wanted. */
  readonly onEntry?: (path: string, entry: IndexEntry) => void;
  /** Index paths without a leading slash whose size matters, once the facts are known. */
  readonly partsOf?: (facts: Measure['facts']) => Promise<Result<readonly string[]>>;
}

export async function measure(tools: RestoreTools, asked: MeasureRequest): Promise<Result<Measure>> {
  const read = await readChain(tools, { ...asked, reads: 'index' }, async (links) => {
    const lines = await (links.at(-1) ?? links[0]).index();
    return lines.ok ? sumUp(lines.value, asked) : lines;
  });
  return read.ok ? ok(read.value.value) : read;
}

async function sumUp(
  lines: AsyncIterable<Buffer>,
  { selection, request, onEntry, partsOf }: MeasureRequest,
): Promise<Result<Measure>> {
  let facts: Measure['facts'] | undefined;
  let isWanted = (path: string) => path !== '';
  let parts: readonly string[] = [];
  const bytesBelow = new Map<string, number>();
  const total = { entries: 0, bytes: 0 };
  try {
    for await (const line of lines) {
      if (facts === undefined) {
        facts = factsIn(line);
        isWanted = wantedBy(selection, facts, request.only);
        const asked = (await partsOf?.(facts)) ?? ok([]);
        if (!asked.ok) return asked;
        parts = asked.value;
        continue;
      }
      const entry = parseIndexLine(line);
      const path = entry && displayBytes(bytePathOf(entry));
      if (entry === undefined || path === undefined || !isWanted(path)) continue;
      const { size = 0 } = entry;
      total.entries += 1;
      total.bytes += size;
      for (const part of parts)
        if (isAtOrBelow(path, part)) bytesBelow.set(part, (bytesBelow.get(part) ?? 0) + size);
      onEntry?.(path, entry);
    }
  } catch (error) {
    if (error instanceof IndexUnreadable) return failed(failure('CORRUPT', error.message));
    throw error;
  }
  // A sparse file is larger than what is written of it, and a chain holds what later levels replaced.
  const raw = rawBytesOf(selection.chain);
  const neededBytes = total.bytes === 0 ? raw : Math.min(total.bytes, raw);
  return ok({ facts: facts ?? {}, ...total, neededBytes, bytesBelow });
}

function factsIn(header: Buffer): Measure['facts'] {
  const { facts } = JSON.parse(header.toString()) as { readonly facts?: Measure['facts'] };
  return facts ?? {};
}

function wantedBy(
  { type }: Selection,
  facts: Measure['facts'],
  only: readonly string[],
): (path: string) => boolean {
  if (type.selects !== undefined) return type.selects(facts, only);
  return (path) => only.length === 0 || only.some((wanted) => isAtOrBelow(path, wanted));
}

function isAtOrBelow(path: string, top: string): boolean {
  const bare = top.replace(/\/+$/, '');
  return bare === '' || path === bare || path.startsWith(`${bare}/`);
}
