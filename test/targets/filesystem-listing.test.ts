import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DirectFiles, FileLayer } from '../../src/targets/filesystem/file-layer.ts';
import { directFiles, realFiles } from '../../src/targets/filesystem/file-layer.ts';
import { errnoError } from '../support/faulty-files.ts';
import { makePlace, openTarget } from '../support/filesystem-place.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createFolderReader } from '../../src/targets/filesystem/read-folder.ts';
import { seededRandom, type Random } from '../sim/random.ts';
import { failureIn, valueOf } from '../support/results.ts';

const direct = directFiles(systemClock);
const quickFiles: FileLayer = { ...realFiles, direct };

describe('a listing', () => {
  it.each([1, 2, 3])('says the same whichever way it asks (seed %i)', async (seed) => {
    const { path } = await makePlace();
    plant(path, seededRandom(seed), 3);
    const [quick, slow] = [await openTarget(path, quickFiles), await openTarget(path)];
    const listed = valueOf(await slow.list(''));
    expect(listed.length).toBeGreaterThan(5);
    expect(valueOf(await quick.list(''))).toEqual(listed);
    expect(listed.map(({ key }) => key)).toEqual(listed.map(({ key }) => key).toSorted());
  });

  it('waits for no disk that is slow', async () => {
    const { path } = await makePlace();
    let nowMs = 0;
    let calls = 0;
    const readdirSync: DirectFiles['readdirSync'] = (...args) => {
      nowMs += 600;
      calls += 1;
      return direct.readdirSync(...args);
    };
    const read = createFolderReader({
      ...realFiles,
      direct: { ...direct, readdirSync, nowMs: () => nowMs },
    });
    for (let number = 0; number < 8; number += 1) await read(path);
    expect(calls).toBe(2);
  });

  it('leaves out what goes while it looks', async () => {
    const { path } = await makePlace();
    for (const name of ['a', 'b']) writeFileSync(join(path, name), 'x');
    mkdirSync(join(path, 'c'));
    const lstatSync: DirectFiles['lstatSync'] = (file, options) => {
      if (file.endsWith('/a')) return undefined;
      return direct.lstatSync(file, options);
    };
    const readdirSync: DirectFiles['readdirSync'] = (folder, options) => {
      if (folder.endsWith('/c')) throw errnoError('ENOENT');
      return direct.readdirSync(folder, options);
    };
    const target = await openTarget(path, { ...realFiles, direct: { ...direct, lstatSync, readdirSync } });
    expect(valueOf(await target.list('')).map(({ key }) => key)).toEqual(['b']);
  });

  it.each(['EIO', 'EACCES'])('fails as a whole where a folder cannot be read (%s)', async (code) => {
    const { path } = await makePlace();
    mkdirSync(join(path, 'c'));
    const readdirSync: DirectFiles['readdirSync'] = (folder, options) => {
      if (folder.endsWith('/c')) throw errnoError(code);
      return direct.readdirSync(folder, options);
    };
    const target = await openTarget(path, { ...realFiles, direct: { ...direct, readdirSync } });
    expect(failureIn(await target.list('')).code).toBe(code === 'EIO' ? 'TARGET_IO' : 'TARGET_DENIED');
  });
});

function plant(folder: string, random: Random, depth: number): void {
  for (let number = random.between(3, 6); number > 0; number -= 1) {
    const name = join(folder, `${random.pick(['a', 'b.', 'c-', 'd_'])}${String(number)}`);
    if (random.chance(0.1)) symlinkSync('/nowhere', name);
    else if (depth > 0 && random.chance(0.5)) {
      mkdirSync(name);
      plant(name, random, depth - 1);
    } else writeFileSync(name, 'x'.repeat(random.below(50)));
  }
}
