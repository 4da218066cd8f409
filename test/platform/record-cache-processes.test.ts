import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildTargetProgram, startTargetProcess } from '../support/filesystem-process.ts';

const PROCESSES = 4;
/** Enough for each to bring small packs together several times. */
const ROUNDS = 25;

describe('several processes with one cache', () => {
  let home: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'backup-plan-cache-'));
  });

  afterEach(() => {
    rmSync(home, { recursive: true, force: true });
  });

  it('never lose what any of them has added', async () => {
    const program = await buildTargetProgram(home, 'cache-program.ts');
    const added = await Promise.all(
      Array.from({ length: PROCESSES }, async (_, number) => {
        const one = await startTargetProcess(program, join(home, 'cache'), 'a'.repeat(64));
        const own: string[] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          own.push(`p${String(number)}-${String(round)}`);
          const seen = new Set((await one.ask(`add ${own.at(-1) ?? ''}`)).split(' '));
          expect(own.filter((key) => !seen.has(key))).toEqual([]);
        }
        one.child.kill();
        return own;
      }),
    );
    const last = await startTargetProcess(program, join(home, 'cache'), 'a'.repeat(64));
    expect([...new Set((await last.ask('load')).split(' '))].sort()).toEqual(added.flat().sort());
    last.child.kill();
  }, 60_000);
});
