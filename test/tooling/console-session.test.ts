import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consoleSteps, openConsole, outputPattern, type ConsoleSession } from '../support/console-session.ts';

describe('the console blocks of a document', () => {
  it('yield commands with their output, and nothing else', () => {
    const document = [
      '# Title',
      '```yaml',
      '$ not a command',
      '```',
      '```console',
      '$ echo one \\',
      '  two',
      'one two',
      '$ true',
      '```',
      '$ nor this',
    ];
    expect(consoleSteps(document.join('\n'))).toEqual([
      { line: 6, command: 'echo one \\\n  two', expected: ['one two'] },
      { line: 9, command: 'true', expected: [] },
    ]);
  });
});

describe('expected output', () => {
  it.each([
    [['a … c'], 'a b c\n', true],
    [['a … c'], 'a b d\n', false],
    [['a', '…', 'z'], 'a\nb\nc\nz\n', true],
    [['a', '…', 'z'], 'a\nz\n', true],
    [['a', '…', 'z'], 'a\nb\n', false],
    [['a (1.5 MB)'], 'a (1.5 MB)\n', true],
    [['a.b'], 'axb\n', false],
    [[], '', true],
    [[], 'unexpected\n', false],
  ])('%j against %j: %s', (expected, output, isMatch) => {
    expect(outputPattern(expected).test(output)).toBe(isMatch);
  });
});

describe('a console session', () => {
  let session: ConsoleSession;
  beforeEach(() => {
    session = openConsole(tmpdir(), { PATH: '/usr/bin:/bin' });
  });
  afterEach(() => session.close());

  it('keeps variables, joins both streams and survives a failing command', async () => {
    expect(await session.run('x=7')).toBe('');
    expect(await session.run('echo $x; echo no >&2; false')).toBe('7\nno\n');
    expect(await session.run('echo $?')).toBe('1\n');
    expect(await session.run('cat')).toBe('');
  });

  it('says what was printed when the shell ends', async () => {
    await expect(session.run('echo last; exit 3')).rejects.toThrow('last');
  });
});
