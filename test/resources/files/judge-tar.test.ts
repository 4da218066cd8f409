import { describe, expect, test } from 'vitest';
import type { CommandOutcome } from '../../../src/domain/command.ts';
import { createProblems } from '../../../src/resources/files/problems.ts';
import { judgeCreate } from '../../../src/resources/files/tar-create.ts';
import { judgeExtract } from '../../../src/resources/files/tar-extract.ts';
import { failureIn, valueOf } from '../../support/results.ts';

const TOTAL = 'Total bytes written: 20480 (20KiB, 1MiB/s)\n';
const FAILED = 'tar: Exiting with failure status due to previous errors\n';

function outcome(exitCode: number | undefined, stderr: string, signal?: string): CommandOutcome {
  return {
    stderr,
    durationMs: 1,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
  };
}

describe('what tar says when it packs', () => {
  test('is proof of a whole archive only with exit code and total', () => {
    expect(valueOf(judgeCreate(outcome(0, TOTAL), createProblems()))).toEqual({
      rawBytes: 20_480,
      exitCode: 0,
      completion: 'tar --totals',
    });
  });

  test.each<[string, CommandOutcome, string]>([
    ['no total', outcome(0, ''), 'INCOMPLETE_OUTPUT'],
    ['a signal', outcome(undefined, TOTAL, 'SIGKILL'), 'SOURCE_FAILED'],
    ['an exit code above 2', outcome(3, TOTAL), 'SOURCE_FAILED'],
    ['exit code 1 for an unknown reason', outcome(1, `tar: a: strange thing\n${TOTAL}`), 'SOURCE_FAILED'],
    ['exit code 2 for an unknown reason', outcome(2, `tar: Memory exhausted\n${FAILED}`), 'SOURCE_FAILED'],
    [
      'a file that breaks off',
      outcome(2, `tar: a: Cannot open: Input/output error\n${TOTAL}${FAILED}`),
      'SOURCE_UNREADABLE',
    ],
    [
      'a bad sector',
      outcome(2, `tar: a: Read error at byte 0, while reading 512 bytes: Input/output error\n${FAILED}`),
      'SOURCE_UNREADABLE',
    ],
    [
      'a vanished file and a broken one',
      outcome(
        2,
        `tar: a: Cannot stat: No such file or directory\ntar: b: Cannot open: Input/output error\n${FAILED}`,
      ),
      'SOURCE_UNREADABLE',
    ],
    [
      'more than the platform keeps',
      outcome(1, `tar: a: file changed as we read it\n`.repeat(120_000)),
      'SOURCE_CHANGED',
    ],
  ])('fails on %s', (_, given, code) => {
    expect(failureIn(judgeCreate(given, createProblems()))).toMatchObject({ code });
  });

  test('keeps no shorter list in silence', () => {
    const problems = createProblems();
    const lines = Array.from(
      { length: 10_001 },
      (_, index) => `tar: ${String(index)}: file changed as we read it\n`,
    );
    valueOf(judgeCreate(outcome(1, `${lines.join('')}Total bytes written: 10240\n`), problems));
    expect(problems.count('changed')).toBe(10_000);
    expect(problems.overflowed()).toBe(true);
  });

  test('lists what changed, vanished and was denied, whatever the names', () => {
    const problems = createProblems();
    const stderr =
      '/usr/bin/tar: a: b: file changed as we read it\n' +
      'tar: new\\nline: File shrank by 10 bytes; padding with zeros\n' +
      'tar: \\377\\303\\251: Cannot stat: No such file or directory\n' +
      'tar: back\\\\slash: File removed before we read it\n' +
      'tar: closed: Cannot open: Permission denied\n' +
      TOTAL +
      FAILED;
    valueOf(judgeCreate(outcome(2, stderr), problems));
    expect(problems.log()).toEqual([
      'changed a: b',
      String.raw`changed new\x0aline`,
      String.raw`vanished \xff\xc3\xa9`,
      String.raw`vanished back\\slash`,
      'unreadable closed',
    ]);
  });
});

describe('what tar says when it unpacks', () => {
  test('is passed on where it succeeded all the same', () => {
    const stderr = 'tar: a: Warning: Cannot set something\nTotal bytes read: 10240 (10KiB, 1MiB/s)\n';
    expect(valueOf(judgeExtract(outcome(0, stderr)))).toEqual(['tar: a: Warning: Cannot set something']);
  });

  test.each<[string, CommandOutcome | undefined, string]>([
    ['no outcome', undefined, 'RESTORE_FAILED'],
    ['no total', outcome(0, ''), 'INCOMPLETE_OUTPUT'],
    ['an exit code', outcome(2, 'tar: Unexpected EOF in archive\n'), 'RESTORE_FAILED'],
    ['a full disk', outcome(2, 'tar: a: Cannot write: No space left on device\n'), 'TARGET_FULL'],
    ['a signal', outcome(undefined, '', 'SIGTERM'), 'RESTORE_FAILED'],
  ])('fails on %s', (_, given, code) => {
    expect(failureIn(judgeExtract(given))).toMatchObject({ code });
  });
});
