import { join } from 'node:path';
import { failure } from '../../domain/failure.ts';
import type { Failure } from '../../domain/failure.ts';
import { byteLinkOf, bytePathOf, parseIndexLine } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import type { IndexEntry, IndexTrailer } from '../../domain/record.ts';
import { IndexUnreadable } from '../../domain/resource-type.ts';
import type { ChainLink } from '../../domain/resource-type.ts';
import { failed, ok } from '../../domain/result.ts';
import type { Result } from '../../domain/result.ts';
import { checkTargets, createIndexCheck } from './check-index.ts';
import { spooledLines, spoolLines } from './index-spool.ts';
import type { Wanted } from './wanted.ts';

/** One snapshot of a chain, its index read, found safe and kept on disk. */
export interface Level {
  readonly link: ChainLink;
  lines(): AsyncIterable<Buffer>;
  /** Entries that were asked for. */
  readonly asked: number;
  /** Devices, which only root can make. */
  readonly devices: readonly BytePath[];
  /** Hard link targets that were not asked for, but hold the content of what was. */
  readonly lenders: ReadonlySet<BytePath>;
  /** Names that the capture itself reported as changed, vanished or unreadable, as displayed. */
  readonly excused: ReadonlySet<string>;
}

interface Notes {
  entries: number;
  asked: number;
  readonly devices: BytePath[];
  readonly lenders: Set<BytePath>;
  trailer?: Buffer;
}

export async function readLevel(
  link: ChainLink,
  { scratch, wanted }: { readonly scratch: string; readonly wanted: Wanted },
): Promise<Result<Level>> {
  const index = await link.index();
  if (!index.ok) return index;
  const file = join(scratch, `index-${String(link.record.chain.level)}-${link.record.snapshotId}`);
  const notes: Notes = { entries: 0, asked: 0, devices: [], lenders: new Set() };
  const most = link.record.index.entries;
  const defect = await spoolChecked(file, index.value, { notes, wanted, most });
  if (defect !== undefined) return failed(defect);
  const excused = excusesOf(notes.trailer);
  return ok({ link, ...notes, excused, lines: () => spooledLines(file) });
}

interface Reading {
  readonly notes: Notes;
  readonly wanted: Wanted;
  /** As many entries as the signed record says. */
  readonly most: number;
}

async function spoolChecked(
  file: string,
  lines: AsyncIterable<Buffer>,
  { notes, wanted, most }: Reading,
): Promise<Failure | undefined> {
  const check = createIndexCheck();
  let defect: Failure | undefined;
  async function* checked(): AsyncGenerator<Buffer> {
    let last: Buffer | undefined;
    for await (const line of lines) {
      const entry = parseIndexLine(line);
      defect = entry && (check.see(entry) ?? excess(notes, most));
      if (defect !== undefined) return;
      if (entry !== undefined) note(entry, notes, wanted);
      last = line;
      yield line;
    }
    if (last !== undefined) notes.trailer = Buffer.from(last);
  }
  try {
    await spoolLines(file, checked());
  } catch (error) {
    if (!(error instanceof IndexUnreadable)) throw error;
    return failure('CORRUPT', `the index cannot be read to its end: ${error.message}`);
  }
  return defect ?? (await checkTargets(check.targets, spooledLines(file)));
}

function excess({ entries }: Notes, most: number): Failure | undefined {
  if (entries < most) return undefined;
  return failure('CORRUPT', `the index lists more than the ${String(most)} entries of its record`);
}

function note(entry: IndexEntry, notes: Notes, wanted: Wanted): void {
  const path = bytePathOf(entry);
  notes.entries += 1;
  if (wanted.verdict(path) !== 'asked') return;
  notes.asked += 1;
  if (entry.type === 'character' || entry.type === 'block') notes.devices.push(path);
  const lender = entry.type === 'hardlink' ? byteLinkOf(entry) : undefined;
  if (lender !== undefined && wanted.verdict(lender) !== 'asked') notes.lenders.add(lender);
}

function excusesOf(trailer: Buffer | undefined): ReadonlySet<string> {
  if (trailer === undefined) return new Set();
  const { log } = JSON.parse(trailer.toString()) as Partial<IndexTrailer>;
  const lines = (log ?? []).filter((line) => /^(changed|vanished|unreadable) /.test(line));
  return new Set(lines.map((line) => line.slice(line.indexOf(' ') + 1)));
}
