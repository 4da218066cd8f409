/**
 * The head of a dump in PostgreSQL's custom format: what pg_dump found, before any data. The format
 * is that of `pg_backup_archiver.c` (WriteHead, WriteToc); its versions 1.12 to 1.16 are those of
 * PostgreSQL 9.0 to 18.
 */
export interface ArchiveContents {
  /** Release of the server that was dumped. */
  readonly serverVersion: string;
  /** Release of pg_dump. */
  readonly dumpVersion: string;
  readonly entries: readonly ArchiveEntry[];
  readonly integerBytes: number;
  /** Where the data begins. */
  readonly bytes: number;
}

export interface ArchiveEntry {
  readonly id: number;
  /** Its data follows in the archive. */
  readonly hasData: boolean;
  /** `users`; for what belongs to something else `users users_pkey`. */
  readonly tag: string;
  /** `TABLE`, `TABLE DATA`, `FK CONSTRAINT`. */
  readonly kind: string;
  /** Empty where it lies in no schema. */
  readonly schema: string;
  /** The statement that makes it. */
  readonly definition: string;
  /** Ids of what must be there before it. */
  readonly needs: readonly number[];
}

/** Thrown where the bytes end before the head does. */
class TooShort extends Error {}

/** Undefined while there are too few bytes; a text where they are no such archive. */
export function parseContents(bytes: Buffer): ArchiveContents | string | undefined {
  try {
    return parse(bytes);
  } catch (error) {
    if (error instanceof TooShort) return undefined;
    throw error;
  }
}

const MAGIC = 'PGDMP';
const CUSTOM = 1;
const OLDEST = 12;
const NEWEST = 16;
const DATE_PARTS = 7;

function parse(bytes: Buffer): ArchiveContents | string {
  const reader = createReader(bytes);
  if (reader.text(MAGIC.length) !== MAGIC) return 'it does not begin with PGDMP';
  const [major, minor] = [reader.byte(), reader.byte()];
  reader.byte();
  if (major !== 1 || minor < OLDEST || minor > NEWEST) {
    return `its format ${String(major)}.${String(minor)} is not known to this release`;
  }
  const sizes = { integerBytes: reader.byte(), offsetBytes: reader.byte() };
  reader.integerBytes = sizes.integerBytes;
  if (reader.byte() !== CUSTOM) return 'it is not in the custom format';
  if (minor >= 15) reader.byte();
  else reader.integer();
  for (let part = 0; part < DATE_PARTS; part += 1) reader.integer();
  reader.string();
  const [serverVersion, dumpVersion] = [reader.string(), reader.string()];
  const entries: ArchiveEntry[] = [];
  for (let left = reader.integer(); left > 0; left -= 1) {
    entries.push(readEntry(reader, minor));
    reader.text(1 + sizes.offsetBytes);
  }
  return { serverVersion, dumpVersion, entries, integerBytes: sizes.integerBytes, bytes: reader.at() };
}

function readEntry(reader: Reader, minor: number): ArchiveEntry {
  const [id, data] = [reader.integer(), reader.integer()];
  skipStrings(reader, 2);
  const [tag, kind] = [reader.string(), reader.string()];
  reader.integer();
  const definition = reader.string();
  skipStrings(reader, 2);
  const schema = reader.string();
  skipStrings(reader, minor >= 14 ? 2 : 1);
  if (minor >= 16) reader.integer();
  skipStrings(reader, 2);
  const needs: number[] = [];
  for (let need = reader.string(); need !== ''; need = reader.string()) needs.push(Number(need));
  return { id, hasData: data !== 0, tag, kind, schema, definition, needs };
}

function skipStrings(reader: Reader, count: number): void {
  for (let left = count; left > 0; left -= 1) reader.string();
}

interface Reader {
  integerBytes: number;
  at(): number;
  byte(): number;
  /** A sign, then the bytes of the number, the lowest first. */
  integer(): number;
  text(bytes: number): string;
  /** Empty for none. */
  string(): string;
}

function createReader(bytes: Buffer): Reader {
  let at = 0;
  const take = (count: number): number => {
    if (at + count > bytes.length) throw new TooShort();
    at += count;
    return at - count;
  };
  const reader: Reader = {
    integerBytes: 4,
    at: () => at,
    byte: () => bytes.readUInt8(take(1)),
    integer() {
      const start = take(1 + reader.integerBytes);
      const value = bytes.readUIntLE(start + 1, reader.integerBytes);
      return bytes[start] === 0 ? value : -value;
    },
    text(count) {
      const start = take(count);
      return bytes.toString('utf8', start, start + count);
    },
    string() {
      const length = reader.integer();
      return length <= 0 ? '' : reader.text(length);
    },
  };
  return reader;
}
