import { open } from 'node:fs/promises';
import type { Report } from '../report.ts';
import { createSource, type Place, type Source } from './source.ts';

export const MAX_SOURCE_BYTES = 1024 * 1024;

export interface SourceRequest {
  readonly path: string;
  /** Path as the user would type it. */
  readonly file: string;
  /** Where the file is named, for included ones. */
  readonly from?: Place;
  /** Text to take instead of the file's. */
  readonly content?: string;
}

/** Reads a plan file whole, or says why not. */
export async function readSource(request: SourceRequest, report: Report): Promise<Source | undefined> {
  if (request.content !== undefined) return createSource(request.file, request.content);
  const bytes = await readBounded(request, report);
  if (bytes === undefined) return undefined;
  const text = decode(bytes);
  if (text !== undefined) return createSource(request.file, text);
  const at = firstInvalidByte(bytes);
  const source = createSource(request.file, bytes.toString('latin1'));
  const place = { source, start: at, end: at + 1 };
  report.error('BP1003', `${request.file} is not UTF-8: byte ${String(at + 1)} cannot be read`, place, {
    help: 'Save the file as UTF-8.',
  });
  return undefined;
}

async function readBounded({ path, file, from }: SourceRequest, report: Report): Promise<Buffer | undefined> {
  const code = from === undefined ? 'BP1001' : 'BP1022';
  try {
    const handle = await open(path, 'r');
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) {
        report.error(code, `${file} is not a regular file`, from);
        return undefined;
      }
      if (stat.size > MAX_SOURCE_BYTES) {
        const help = 'Split the plan and join the parts with `include`.';
        report.error('BP1002', `${file} is larger than 1 MiB (${String(stat.size)} bytes)`, from, { help });
        return undefined;
      }
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    report.error(code, `cannot read ${file}: ${reasonOf(error)}`, from);
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const known: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
    ELOOP: 'too many symbolic links',
    ENOTDIR: 'a part of its path is not a folder',
  };
  return known[code] ?? (code === '' ? String(error) : code);
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Offset of the first byte that belongs to no character: the longest prefix that decodes, found by halving. */
function firstInvalidByte(bytes: Buffer): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodes(bytes.subarray(0, middle), { stream: true })) good = middle;
    else bad = middle;
  }
  // The prefix may end with the first bytes of a character that is never completed.
  const incomplete = [0, 1, 2, 3].find((length) => decodes(bytes.subarray(0, good - length), {}));
  return good - (incomplete ?? 0);
}

function decodes(bytes: Buffer, options: { readonly stream?: boolean }): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, options);
    return true;
  } catch {
    return false;
  }
}
