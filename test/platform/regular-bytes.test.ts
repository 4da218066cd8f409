import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { regularBytes } from '../../src/platform/regular-bytes.ts';

describe('the bytes of an open file', () => {
  const content = Buffer.alloc(2_500_000, 'content ');
  let folder: string;
  let fd: number;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'regular-'));
    writeFileSync(join(folder, 'file'), content);
    fd = openSync(join(folder, 'file'), 'r');
  });

  afterEach(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true, force: true });
  });

  it('come whole and in order', async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of regularBytes(fd)) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
  });

  it('leave the descriptor to its owner when their reader stops early', async () => {
    for await (const chunk of regularBytes(fd)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(fstatSync(fd).size).toBe(content.length);
  });
});
