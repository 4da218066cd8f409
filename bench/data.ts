import { execFileSync } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const MEBIBYTE = 1024 * 1024;
const FILES_PER_FOLDER = 100;
const MEAN_FILE_BYTES = 12_300;

/**
 * Makes, once, what the benches back up: `scale` 1 is 65,000 files of 0.8 GB together, a random
 * file of 256 MiB and an SQLite database of 170 MB. The same scale gives the same bytes everywhere.
 */
export function makeDataSet(folder: string, scale: number): string {
  const data = join(folder, 'data');
  const done = join(folder, 'data.done');
  if (existsSync(done)) return data;
  console.error(`making the data set in ${data}`);
  rmSync(data, { recursive: true, force: true });
  makeTree(join(data, 'tree'), Math.round(65_000 * scale));
  makeRandomFile(join(data, 'random.bin'), Math.round(256 * scale) * MEBIBYTE);
  makeDatabase(join(data, 'app.db'), Math.round(1_500_000 * scale));
  writeFileSync(done, '');
  return data;
}

/** Small files, as a mail store, a site or a home has them: three in four are text. */
export function makeTree(folder: string, files: number, meanBytes = MEAN_FILE_BYTES): void {
  const random = createRandom(1);
  const noise = keystream(4 * MEBIBYTE);
  const words = vocabulary(random);
  for (let index = 0; index < files; index += 1) {
    const parent = join(folder, `d${Math.floor(index / FILES_PER_FOLDER)}`);
    if (index % FILES_PER_FOLDER === 0) mkdirSync(parent, { recursive: true });
    const bytes = Math.round(-Math.log(1 - random()) * meanBytes);
    const isText = random() < 0.75;
    const path = join(parent, `f${index}.${isText ? 'txt' : 'bin'}`);
    writeFileSync(path, isText ? text(words, random, bytes) : slice(noise, random, bytes));
    utimesSync(path, 1_700_000_000 + index, 1_700_000_000 + index);
  }
}

export function makeRandomFile(path: string, bytes: number): void {
  const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16));
  const zeros = Buffer.alloc(MEBIBYTE);
  const file = openSync(path, 'w');
  for (let written = 0; written < bytes; written += zeros.length) writeSync(file, stream.update(zeros));
  closeSync(file);
}

function makeDatabase(path: string, rows: number): void {
  const sql = `PRAGMA journal_mode = OFF;
    CREATE TABLE calls (id INTEGER PRIMARY KEY, caller TEXT, callee TEXT, note TEXT, started INTEGER);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO calls SELECT i, printf('+49%010d', i * 2654435761 % 10000000000),
      printf('+44%010d', i * 40503 % 10000000000),
      printf('%016x-%016x-%016x', i * 6364136223846793005, i * 1442695040888963407, i * 22695477),
      1700000000 + i FROM n;
    CREATE INDEX by_caller ON calls (caller);`;
  execFileSync('sqlite3', [path, sql], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** mulberry32: uniform in [0, 1). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function keystream(bytes: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, 2), Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

function vocabulary(random: () => number): readonly string[] {
  const letter = (): string => String.fromCharCode(97 + Math.floor(random() ** 1.5 * 26));
  return Array.from({ length: 4096 }, () =>
    Array.from({ length: 2 + Math.floor(random() * 9) }, letter).join(''),
  );
}

/** Words with a skewed distribution: zstd makes about a third of it, as of prose. */
function text(words: readonly string[], random: () => number, bytes: number): string {
  let line = '';
  while (line.length < bytes) line += `${words[Math.floor(random() ** 2 * words.length)] ?? ''} `;
  return line.slice(0, bytes);
}

function slice(noise: Buffer, random: () => number, bytes: number): Buffer {
  const start = Math.floor(random() * (noise.length - bytes));
  return noise.subarray(Math.max(0, start), Math.max(0, start) + bytes);
}
