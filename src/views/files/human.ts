import type { ChangedFile, ListedFile } from '../../domain/file-report.ts';
import { formatBytes } from '../../domain/size.ts';
import type { Style } from '../style.ts';

const LETTERS: Readonly<Record<string, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  hardlink: 'h',
  fifo: 'p',
  socket: 's',
  character: 'c',
  block: 'b',
  object: 'o',
};

const MODE_WIDTH = 4;
const SIZE_WIDTH = 9;
const NS_PER_MS = 1_000_000n;

/** `- 0644  1.2 KiB  2026-11-20 12:00  etc/app.conf`; paths come escaped. */
export function fileLine({ path, type, mode, size, mtimeNs, link }: ListedFile, style: Style): string {
  const letter = LETTERS[type] ?? '?';
  const bits = mode === undefined ? '' : mode.toString(8).padStart(MODE_WIDTH, '0');
  const amount = size === undefined ? '' : formatBytes(size);
  const when =
    mtimeNs === undefined
      ? ''
      : new Date(Number(BigInt(mtimeNs) / NS_PER_MS)).toISOString().slice(0, 16).replace('T', ' ');
  const target = link === undefined ? '' : ` -> ${link}`;
  return `${letter} ${bits.padEnd(MODE_WIDTH)} ${amount.padStart(SIZE_WIDTH)}  ${style.faint(when.padEnd(16))}  ${path}${target}`;
}

const MARKS = { added: '+', removed: '-', changed: '~' } as const;

export function changeLine({ path, change, before, after }: ChangedFile, style: Style): string {
  const paint = { added: style.good, removed: style.bad, changed: style.caution }[change];
  const sizes =
    before === after ? [] : [before, after].flatMap((size) => (size === undefined ? [] : formatBytes(size)));
  return `${paint(MARKS[change])} ${path}${sizes.length === 0 ? '' : style.faint(`  ${sizes.join(' -> ')}`)}`;
}
