import { createWriteStream } from 'node:fs';
import { readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { openFile, toStream } from '../../../src/commands/export/output.ts';
import { temporaryFolder } from '../../support/plain-snapshot.ts';
import { failureIn, valueOf } from '../../support/results.ts';

describe('an output file', () => {
  test('is private, and holds what was written in order', async () => {
    const path = join(await temporaryFolder(), 'x.tar');
    const output = valueOf(await openFile(path));
    for (const piece of ['one ', '', 'two']) valueOf(await output.write(Buffer.from(piece)));
    valueOf(await output.finish());
    expect(await readFile(path, 'utf8')).toBe('one two');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('goes where it is abandoned, also after its end', async () => {
    const folder = await temporaryFolder();
    const output = valueOf(await openFile(join(folder, 'x.tar')));
    valueOf(await output.write(Buffer.from('part')));
    await output.abandon();
    const finished = valueOf(await openFile(join(folder, 'x.tar')));
    valueOf(await finished.finish());
    await finished.abandon();
    expect(await readdir(folder)).toEqual([]);
  });

  test('is neither an existing file nor one behind a link', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), 'mine');
    await symlink('nowhere', join(folder, 'link'));
    for (const name of ['file', 'link'])
      expect(failureIn(await openFile(join(folder, name)))).toMatchObject({ code: 'DESTINATION_REFUSED' });
    expect((await readdir(folder)).sort()).toEqual(['file', 'link']);
  });

  test('on a full disk fails', async () => {
    const output = toStream(createWriteStream('/dev/full').on('error', () => undefined));
    expect(failureIn(await output.write(Buffer.alloc(100_000)))).toMatchObject({ code: 'TARGET_IO' });
  });
});

test('a stream that is read no more is a failure, and takes nothing back', async () => {
  const stream = new PassThrough();
  stream.on('error', () => undefined);
  const output = toStream(stream);
  valueOf(await output.write(Buffer.from('x')));
  stream.destroy();
  expect(failureIn(await output.write(Buffer.from('y')))).toMatchObject({ code: 'TARGET_IO' });
  expect(output.final).toBe(true);
  await output.abandon();
});
