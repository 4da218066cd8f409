import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { errnoOf, failureFromErrno } from '../../src/platform/errno.ts';
import { printable } from '../../src/platform/printable.ts';
import { createTools } from '../../src/platform/tools.ts';
import { createFakeTools } from '../support/fake-tool.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { from, isAlive, masker } from './pipelines.ts';

const tools = createTools({ masker, killGraceMs: 300 });

describe('running a tool', () => {
  it('gives output, messages and exit code as values', async () => {
    const run = valueOf(await tools.run({ argv: ['sh', '-c', 'echo out; echo err >&2; exit 7'] }));
    expect(run).toMatchObject({ exitCode: 7, stdout: Buffer.from('out\n'), stderr: 'err\n' });
    expect(run.durationMs).toBeGreaterThanOrEqual(0);
  });

  it('feeds stdin, or gives none', async () => {
    expect(valueOf(await tools.run({ argv: ['cat'], stdin: from('a', 'b') })).stdout.toString()).toBe('ab');
    expect(valueOf(await tools.run({ argv: ['cat'] })).stdout).toHaveLength(0);
  });

  it('keeps no more output than asked for', async () => {
    const asked = tools.run({ argv: ['yes'] }, { maxOutputBytes: 1_000 });
    expect(failureIn(await asked)).toMatchObject({
      code: 'TOOL_OUTPUT',
      message: 'yes printed more than 1000 bytes',
    });
  });

  it('stops a tool that takes too long, with its children', async () => {
    await using fakes = await createFakeTools(['hang']);
    const running = tools.run({ argv: [`${fakes.binDirectory}/hang`] }, { timeoutMs: 2_000 });
    const hang = await fakes.started('hang');
    const grandchild = await hang.grandchild();
    expect(failureIn(await running).code).toBe('TOOL_TIMEOUT');
    await hang.ended;
    await expect.poll(() => isAlive(grandchild)).toBe(false);
  });

  it('can be interrupted', async () => {
    await using fakes = await createFakeTools(['hang']);
    const stop = new AbortController();
    const running = tools.run({ argv: [`${fakes.binDirectory}/hang`] }, { signal: stop.signal });
    await fakes.started('hang');
    stop.abort();
    expect(failureIn(await running).code).toBe('INTERRUPTED');
  });

  it('says which tool or directory is missing', async () => {
    expect(failureIn(await tools.run({ argv: ['no-such-tool'] })).facts).toEqual({ tool: 'no-such-tool' });
    const reason = failureIn(await tools.run({ argv: ['true'], cwd: '/no/such/directory' }));
    expect(reason.message).toBe(
      'cannot start true: it or its working directory /no/such/directory does not exist',
    );
  });

  it('runs many at once', async () => {
    const runs = Array.from({ length: 30 }, (_, index) => tools.run({ argv: ['echo', String(index)] }));
    const outputs = (await Promise.all(runs)).map((run) => valueOf(run).stdout.toString().trim());
    expect(outputs).toEqual(outputs.map((_, index) => String(index)));
  });
});

describe('finding a tool', () => {
  it('looks at PATH for a name, and takes a path as it is', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'find-test-'));
    const [program, text] = [path.join(directory, 'program'), path.join(directory, 'text')];
    await writeFile(program, '#!/bin/sh\n', { mode: 0o755 });
    await writeFile(text, '', { mode: 0o644 });
    expect(await tools.find('sh')).toMatch(/^\/.*\/sh$/);
    expect(await tools.find(program)).toBe(program);
    for (const none of ['', 'no-such-tool', text, directory]) expect(await tools.find(none)).toBeUndefined();
    await rm(directory, { recursive: true });
  });
});

describe('an error of the operating system', () => {
  it.each([
    ['ENOSPC', 'TARGET_FULL', 'no space left'],
    ['EDQUOT', 'TARGET_FULL', 'quota exceeded'],
    ['EROFS', 'TARGET_DENIED', 'read-only file system'],
    ['EACCES', 'TARGET_DENIED', 'permission denied'],
    ['ELOOP', 'TARGET_UNSAFE', 'a symbolic link is in the way'],
    ['EIO', 'TARGET_IO', 'input/output error'],
    ['ENXIO', 'TARGET_IO', 'ENXIO'],
  ])('%s becomes %s', (errno, code, words) => {
    const error = Object.assign(new Error('raw text'), { code: errno, errno: -1 });
    expect(failureFromErrno(error, 'cannot write x')).toMatchObject({
      code,
      message: `cannot write x: ${words}`,
    });
  });

  it('is told from a bug, which is thrown on', () => {
    const bug = new TypeError('bug');
    expect(errnoOf(bug)).toBeUndefined();
    expect(() => failureFromErrno(bug, 'x')).toThrow(bug);
    expect(() => failureFromErrno('text', 'x')).toThrow();
  });
});

describe('printable text', () => {
  it('shows what a terminal would act on', () => {
    expect(printable('\u001b[2J\u0007\u0000\u009b')).toBe('\\x1b[2J\\x07\\x00\\x9b');
    expect(printable('a\u202eb\u2066c\u200fd')).toBe('a\\u202eb\\u2066c\\u200fd');
    expect(printable('progress 1%\rprogress 2%\r\n\tdone ä 日本')).toBe(
      'progress 1%\\x0dprogress 2%\n\tdone ä 日本',
    );
  });
});
