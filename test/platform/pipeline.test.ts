import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeTools } from '../support/fake-tool.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { command, from, keep, never, pipelines } from './pipelines.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pipeline-test-'));
});
afterAll(() => rm(directory, { recursive: true }));

const GIGABYTE = 1_000_000_000;
/** sha256sum of a gigabyte of zeros. */
const GIGABYTE_OF_ZEROS = 'bc17f06f9d9b5f6f79ca189a1772b1a3a38d6e40c45bec50f9c4f28144efddca';

describe('a pipeline', () => {
  it('takes bytes from a command through stages to a command', async () => {
    const outcome = valueOf(
      await pipelines.run({
        source: { kind: 'command', command: command('printf', 'c\\nb\\na\\n') },
        stages: [
          { name: 'sort', command: command('sort') },
          { name: 'head', command: command('head', '-n', '2') },
        ],
        sink: { kind: 'command', command: command('cat') },
        signal: never,
      }),
    );
    expect(outcome.source).toMatchObject({ exitCode: 0, stderr: '' });
    expect(outcome.stages.map(({ name, exitCode }) => [name, exitCode])).toEqual([
      ['sort', 0],
      ['head', 0],
    ]);
    expect(outcome.sink?.stderr).toBe('a\nb\n');
  });

  it('loses nothing where each child starts to read long after the one before it wrote', async () => {
    await using tools = await createFakeTools(['first', 'second', 'third']);
    const kept = keep();
    const bytes = Buffer.alloc(1_000_000, 'backup');
    const running = pipelines.run({
      source: { kind: 'command', command: command(`${tools.binDirectory}/first`) },
      stages: [
        { name: 'second', command: command(`${tools.binDirectory}/second`) },
        { name: 'third', command: command(`${tools.binDirectory}/third`) },
      ],
      sink: kept.sink,
      signal: never,
    });
    const first = await tools.started('first');
    const second = await tools.started('second');
    const third = await tools.started('third');
    const written = first.stdout(bytes).then(() => first.exit(0));
    await second.stdout(Buffer.alloc(0));
    const copied = second.copy();
    await third.stdout(Buffer.alloc(0));
    const last = third.copy();
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await written;
    expect(await copied).toEqual({ bytes: bytes.length, sha256 });
    second.exit(0);
    expect(await last).toEqual({ bytes: bytes.length, sha256 });
    third.exit(0);
    valueOf(await running);
    expect(createHash('sha256').update(kept.bytes()).digest('hex')).toBe(sha256);
  });

  it('moves a gigabyte between children without taking memory for it', async () => {
    const before = process.memoryUsage().rss;
    const outcome = valueOf(
      await pipelines.run({
        source: { kind: 'command', command: command('head', '-c', String(GIGABYTE), '/dev/zero') },
        stages: [{ name: 'cat', command: command('cat') }],
        sink: { kind: 'command', command: command('sha256sum') },
        signal: never,
      }),
    );
    expect(outcome.sink?.stderr).toBe(`${GIGABYTE_OF_ZEROS}  -\n`);
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
  });

  it('moves a gigabyte through a tap, which counts it and keeps its end', async () => {
    const before = process.memoryUsage().rss;
    let seen = 0;
    const outcome = valueOf(
      await pipelines.run({
        source: {
          kind: 'command',
          command: command('sh', '-c', `head -c ${GIGABYTE} /dev/zero; printf the-end`),
          tap: { tailBytes: 7, onBytes: (chunk) => (seen += chunk.length) },
        },
        stages: [{ name: 'cat', command: command('cat') }],
        sink: { kind: 'command', command: command('wc', '-c') },
        signal: never,
      }),
    );
    expect(outcome.tail?.toString()).toBe('the-end');
    expect(outcome.sourceBytes).toBe(GIGABYTE + 7);
    expect(seen).toBe(GIGABYTE + 7);
    expect(outcome.sink?.stderr.trim()).toBe(String(GIGABYTE + 7));
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  });

  it('delivers any bytes in any pieces unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200_000 }), { maxLength: 6 }), async (chunks) => {
        const kept = keep();
        const outcome = valueOf(
          await pipelines.run({
            source: { kind: 'bytes', bytes: from(...chunks) },
            stages: [{ name: 'cat', command: command('cat') }],
            sink: kept.sink,
            signal: never,
          }),
        );
        const whole = Buffer.concat(chunks);
        expect(kept.bytes().equals(whole)).toBe(true);
        expect([outcome.sourceBytes, outcome.sinkBytes]).toEqual([whole.length, whole.length]);
      }),
      { numRuns: 15 },
    );
  });

  it('feeds a chunk only after the one before it has been taken, so that a buffer may be reused', async () => {
    const kept = keep();
    const reused = Buffer.alloc(300_000);
    const refill = async function* () {
      for (const letter of ['a', 'b', 'c']) yield reused.fill(letter);
    };
    const stages = [{ name: 'cat', command: command('cat') }];
    valueOf(
      await pipelines.run({
        source: { kind: 'bytes', bytes: refill() },
        stages,
        sink: kept.sink,
        signal: never,
      }),
    );
    expect(kept.bytes().toString()).toBe('a'.repeat(300_000) + 'b'.repeat(300_000) + 'c'.repeat(300_000));
  });

  it('counts what a child has read of a source file', async () => {
    const file = path.join(directory, 'source');
    await writeFile(file, Buffer.alloc(123_456));
    const outcome = valueOf(
      await pipelines.run({
        source: { kind: 'file', path: file },
        stages: [{ name: 'cat', command: command('cat') }],
        sink: keep().sink,
        signal: never,
      }),
    );
    expect(outcome).toMatchObject({ sourceBytes: 123_456, sinkBytes: 123_456 });
  });

  it.each([0, 1])('writes a private file, through %i stages', async (count) => {
    const file = path.join(directory, `sink-${String(count)}`);
    const stages = Array.from({ length: count }, () => ({ name: 'cat', command: command('cat') }));
    const outcome = valueOf(
      await pipelines.run({
        source: { kind: 'bytes', bytes: from('abc', 'def') },
        stages,
        sink: { kind: 'file', path: file },
        signal: never,
      }),
    );
    expect(outcome.sinkBytes).toBe(6);
    expect(await readFile(file, 'utf8')).toBe('abcdef');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('copies a file to a file without any child', async () => {
    const [source, sink] = [path.join(directory, 'from'), path.join(directory, 'to')];
    await writeFile(source, Buffer.alloc(3_000_000, 'z'));
    valueOf(
      await pipelines.run({
        source: { kind: 'file', path: source },
        stages: [],
        sink: { kind: 'file', path: sink },
        signal: never,
      }),
    );
    expect((await readFile(sink)).equals(await readFile(source))).toBe(true);
  });

  it('replaces no file and follows no link', async () => {
    const [target, link] = [path.join(directory, 'target'), path.join(directory, 'link')];
    await writeFile(target, 'precious');
    await symlink(target, link);
    for (const taken of [target, link]) {
      const request = { stages: [], sink: { kind: 'file' as const, path: taken }, signal: never };
      failureIn(await pipelines.run({ source: { kind: 'bytes', bytes: from('x') }, ...request }));
    }
    expect(await readFile(target, 'utf8')).toBe('precious');
    const source = { kind: 'file' as const, path: link };
    expect(
      failureIn(await pipelines.run({ source, stages: [], sink: keep().sink, signal: never })).code,
    ).toBe('TARGET_UNSAFE');
  });

  it('collects what a stage says on its status pipe, and gives it a secret it does not show', async () => {
    const stage = {
      name: 'talker',
      statusFd: 3,
      secretInput: { fd: 4, text: 'open sesame' },
      command: command('sh', '-c', 'cat; read word <&4; echo "got $word" >&2; echo done >&3'),
    };
    const kept = keep();
    const outcome = valueOf(
      await pipelines.run({
        source: { kind: 'bytes', bytes: from('x') },
        stages: [stage],
        sink: kept.sink,
        signal: never,
      }),
    );
    expect(outcome.stages[0]).toMatchObject({ status: 'done\n', stderr: 'got ***\n' });
  });

  it('gives children only the environment on the list', async () => {
    process.env['PIPELINE_TEST_SECRET'] = 'leak';
    const kept = keep();
    valueOf(
      await pipelines.run({
        source: {
          kind: 'command',
          command: { argv: ['env'], env: { PGHOST: 'db' }, secretEnv: { PGPASSWORD: 'hunter22' } },
        },
        stages: [],
        sink: kept.sink,
        signal: never,
      }),
    );
    const names = kept
      .bytes()
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.sort()).toEqual(['HOME', 'LANG', 'PATH', 'PGHOST', 'PGPASSWORD', 'TZ']);
    expect(kept.bytes().toString()).not.toContain(`HOME=${process.env['HOME'] ?? ''}\n`);
  });

  it('leaves no descriptor open', async () => {
    const open = () => readdirSync('/proc/self/fd').length;
    const run = () =>
      pipelines.run({
        source: { kind: 'command', command: command('echo', 'x'), tap: { tailBytes: 1 } },
        stages: [{ name: 'cat', statusFd: 3, command: command('cat') }],
        sink: keep().sink,
        signal: never,
      });
    for (let times = 0; times < 3; times++) await run();
    const before = open();
    for (let times = 0; times < 20; times++) valueOf(await run());
    expect(open()).toBeLessThanOrEqual(before);
  });

  it('runs with a niceness and in a directory', async () => {
    const kept = keep();
    const source = {
      kind: 'command' as const,
      command: { argv: ['sh', '-c', 'nice; pwd'] as const, nice: 7, cwd: directory },
    };
    valueOf(await pipelines.run({ source, stages: [], sink: kept.sink, signal: never }));
    expect(kept.bytes().toString()).toBe(`7\n${directory}\n`);
  });

  it('lets a tool write to /dev/stdout', async () => {
    const kept = keep();
    const source = { kind: 'command' as const, command: command('sh', '-c', 'echo works > /dev/stdout') };
    expect(
      valueOf(await pipelines.run({ source, stages: [], sink: kept.sink, signal: never })).source?.exitCode,
    ).toBe(0);
    expect(kept.bytes().toString()).toBe('works\n');
  });

  it('feeds a source command through its stdin', async () => {
    const kept = keep();
    const source = {
      kind: 'command' as const,
      command: { argv: ['tr', 'a', 'b'] as const, stdin: from('aXa') },
    };
    valueOf(await pipelines.run({ source, stages: [], sink: kept.sink, signal: never }));
    expect(kept.bytes().toString()).toBe('bXb');
  });
});
