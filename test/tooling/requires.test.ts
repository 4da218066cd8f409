import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lacks } from '../support/requires.ts';

let empty: string;
beforeEach(async () => {
  empty = await mkdtemp(join(tmpdir(), 'no-tools-'));
  vi.stubEnv('PATH', empty);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(empty, { recursive: true });
});

describe('a suite that needs a tool', () => {
  it('is skipped with the name of the package where the tool is missing', () => {
    vi.stubEnv('CI', undefined);
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(lacks('jq')).toBe(true);
    expect(written).toHaveBeenCalledWith('skipping: needs jq (Debian package jq)\n');
  });

  it('fails instead on CI', () => {
    vi.stubEnv('CI', 'true');
    expect(() => lacks('jq')).toThrow('needs jq (Debian package jq)');
  });

  it('runs where the tool is installed', () => {
    vi.stubEnv('CI', 'true');
    vi.stubEnv('PATH', '/usr/bin:/bin');
    expect(lacks('tar')).toBe(false);
  });
});
