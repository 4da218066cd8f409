export const BLOCK_BYTES = 512;

/** A regular file in an archive. */
export interface TarMember {
  /** ASCII. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** Two blocks of zeros, without which a reader takes the archive for a part of one. */
export const END_OF_ARCHIVE = Buffer.alloc(2 * BLOCK_BYTES);

const MOST_OCTAL_BYTES = 8 ** 11 - 1;

/** POSIX ustar, with a pax header before it where the size does not fit. */
export function tarHeader(member: TarMember): Buffer {
  const header = ustar(member, '0');
  if (member.sizeBytes <= MOST_OCTAL_BYTES) return header;
  const records = Buffer.from(paxRecord('size', String(member.sizeBytes)));
  const pax = ustar({ ...member, name: `pax/${paxName(member.name)}`, sizeBytes: records.length }, 'x');
  return Buffer.concat([pax, records, tarPadding(records.length), header]);
}

/** Fills up the last block of a member. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES);
}

/** Whole of what a member takes in an archive. */
export function memberBytes(member: TarMember): number {
  return tarHeader(member).length + member.sizeBytes + tarPadding(member.sizeBytes).length;
}

function ustar({ name, sizeBytes, modifiedMs }: TarMember, type: '0' | 'x'): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  const [prefix, rest] = splitName(name);
  header.write(rest, 0, 100, 'latin1');
  header.write('0000600\0', 100, 'latin1');
  header.write('0000000\0', 108, 'latin1');
  header.write('0000000\0', 116, 'latin1');
  header.write(octal(Math.min(sizeBytes, MOST_OCTAL_BYTES)), 124, 'latin1');
  header.write(octal(Math.max(0, Math.floor(modifiedMs / 1000))), 136, 'latin1');
  header.write('        ', 148, 'latin1');
  header.write(type, 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.write(prefix, 345, 155, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

function octal(value: number): string {
  return `${value.toString(8).padStart(11, '0')}\0`;
}

const MOST_NAME = 100;
const MOST_PREFIX = 155;

/** At the first slash that leaves a name short enough; keys of the format always have one. */
function splitName(name: string): readonly [prefix: string, rest: string] {
  if (name.length <= MOST_NAME) return ['', name];
  const slash = name.indexOf('/', name.length - MOST_NAME - 1);
  if (slash === -1 || slash > MOST_PREFIX) throw new RangeError(`too long for an archive: ${name}`);
  return [name.slice(0, slash), name.slice(slash + 1)];
}

function paxName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** `LENGTH key=value\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${String(length)}${rest}`;
}
