/** A member of an archive that a test makes, as honest or as hostile as it likes. */
export interface Entry {
  readonly name: string;
  readonly content?: Buffer;
  readonly type?: string;
  /** What the header says, where that is not the size of the content. */
  readonly size?: number;
  readonly link?: string;
  readonly prefix?: string;
}

const END = Buffer.alloc(1024);

/** Ustar, written without the code that it tests. */
export function tarOf(entries: readonly Entry[], end = END): Buffer {
  return Buffer.concat([...entries.flatMap(memberOf), end]);
}

function memberOf({
  name,
  content = Buffer.alloc(0),
  type = '0',
  size,
  link = '',
  prefix = '',
}: Entry): Buffer[] {
  const header = Buffer.alloc(512);
  const fields: readonly (readonly [text: string, at: number])[] = [
    [name, 0],
    ['0000644\0', 100],
    ['0001750\0', 108],
    ['0001750\0', 116],
    [`${(size ?? content.length).toString(8).padStart(11, '0')}\0`, 124],
    ['15000000000\0', 136],
    ['        ', 148],
    [type, 156],
    [link, 157],
    ['ustar\x0000', 257],
    [prefix, 345],
  ];
  for (const [text, at] of fields) header.write(text, at, 'latin1');
  const sum = [...header].reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
}

/** A pax header for the member that follows. */
export function paxOf(records: Readonly<Record<string, string>>): Entry {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    const digits = String(rest.length + 2).length;
    return `${String(rest.length + digits)}${rest}`;
  });
  return { name: 'pax/header', type: 'x', content: Buffer.from(lines.join('')) };
}
