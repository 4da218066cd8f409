import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { CaptureContext } from '../../../src/domain/resource-type.ts';
import { ok } from '../../../src/domain/result.ts';
import { commandType } from '../../../src/resources/command/index.ts';
import { capture, captureContext, readArtifact } from '../../support/plain-snapshot.ts';
import { failureIn, valueOf } from '../../support/results.ts';

const shell = (script: string) => ['sh', '-c', script];

async function run(options: JsonObject, rest: Partial<CaptureContext> = {}) {
  return capture(commandType, await captureContext(options, rest));
}

const allowEmpty = { guards: { maxDrop: 0.5, allowEmpty: true } };

describe('an artifact', () => {
  test('is what the program wrote, with the proofs that held', async () => {
    const snapshot = valueOf(
      await run({
        dump: shell('printf \'{"users": [1, 2]}\\n\''),
        proof: { minSize: 10, endsWith: '}', json: true, check: ['grep', '-q', 'users'] },
      }),
    );
    expect((await readArtifact(snapshot, 'output')).toString()).toBe('{"users": [1, 2]}\n');
    expect(snapshot.evidence.get('output')).toEqual({
      rawBytes: 18,
      tool: 'sh',
      exitCode: 0,
      completion: 'minSize, endsWith, json, check grep',
      warnings: [],
      skipped: [],
    });
    expect(snapshot.summary).toEqual({ consistentAtMs: 1_000, warnings: [], log: [] });
  });

  test('may be one of several, in order of their names', async () => {
    const snapshot = valueOf(
      await run({
        artifacts: { b: ['echo', 'two'], '10': ['echo', 'ten'], a: ['echo', 'one'] },
        proof: { minSize: 1 },
      }),
    );
    expect([...snapshot.files.keys()]).toEqual(['10', 'a', 'b']);
    expect((await readArtifact(snapshot, 'b')).toString()).toBe('two\n');
    const paths = snapshot.index
      .slice(1, -1)
      .map((line) => (JSON.parse(line.toString()) as { path: string }).path);
    expect(paths).toEqual(['10', 'a', 'b']);
  });

  test('keeps arguments literal', async () => {
    const hostile = ['$(id)', '`id`', ';', 'a\nb', '-x', '*', ''];
    const snapshot = valueOf(await run({ dump: ['printf', '<%s>', ...hostile], proof: { minSize: 1 } }));
    expect((await readArtifact(snapshot, 'output')).toString()).toBe(
      hostile.map((text) => `<${text}>`).join(''),
    );
  });

  test('runs in the folder of the plan, where a program with a slash is found too', async () => {
    const context = await captureContext({ dump: ['./tools/dump.sh'], proof: { minSize: 1 } });
    await mkdir(join(context.planDirectory, 'tools'));
    const script = join(context.planDirectory, 'tools/dump.sh');
    await writeFile(script, '#!/bin/sh\npwd\n');
    expect(failureIn(await capture(commandType, context))).toMatchObject({ code: 'TOOL_MISSING' });
    await chmod(script, 0o755);
    const snapshot = valueOf(await capture(commandType, context));
    expect((await readArtifact(snapshot, 'output')).toString().trim()).toBe(context.planDirectory);
  });

  test('may be binary and larger than any buffer', async () => {
    const snapshot = valueOf(
      await run({
        dump: ['head', '-c', '20000000', '/dev/zero'],
        proof: { minSize: '19MiB', check: shell('test $(wc -c) = 20000000') },
      }),
    );
    expect((await readArtifact(snapshot, 'output')).length).toBe(20_000_000);
  });
});

describe('a program that fails', () => {
  test('with an exit code gives its last words', async () => {
    const failure = failureIn(
      await run({ dump: shell('echo half; echo no such token >&2; exit 7'), proof: { minSize: 1 } }),
    );
    expect(failure).toMatchObject({
      code: 'SOURCE_FAILED',
      message: 'sh exited 7 while it wrote artifact output',
      toolOutput: expect.stringContaining('no such token') as string,
    });
  });

  test('by a signal names it', async () => {
    const failure = failureIn(await run({ dump: shell('echo half; kill -SEGV $$'), proof: { minSize: 1 } }));
    expect(failure).toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringContaining('SIGSEGV') as string,
    });
  });

  test('because it does not exist is a missing tool', async () => {
    const failure = failureIn(await run({ dump: ['no-such-program-here'], proof: { minSize: 1 } }));
    expect(failure.code).toBe('TOOL_MISSING');
  });

  test('stops the ones after it', async () => {
    const context = await captureContext({
      artifacts: { a: ['false'], b: ['touch', 'ran'] },
      proof: { minSize: 1 },
    });
    expect(failureIn(await capture(commandType, context)).message).toContain('artifact a');
    expect(await readdir(context.planDirectory)).not.toContain('ran');
  });
});

describe('output without proof', () => {
  test.each([
    ['minSize', { minSize: 6 }, 'proof.minSize is 6'],
    ['a minSize with a unit', { minSize: '1KiB' }, 'proof.minSize is 1024'],
    ['the right end', { endsWith: 'done' }, 'does not end'],
    ['JSON', { json: true }, 'is not one JSON text'],
    ['a good check', { check: ['grep', 'missing'] }, 'grep exited 1'],
    ['a check that survives', { check: shell('kill -KILL $$') }, 'sh was killed by SIGKILL'],
    ['one proof of two', { minSize: 1, endsWith: 'done' }, 'does not end'],
  ])('%s is incomplete', async (_name, proof, message) => {
    const failure = failureIn(await run({ dump: ['printf', 'half'], proof }));
    expect(failure).toMatchObject({
      code: 'INCOMPLETE_OUTPUT',
      message: expect.stringContaining(message) as string,
    });
  });

  test.each([
    ['done', 'done'],
    ['done\n\n \t', 'done'],
    ['done', 'done\n'],
    [`${'x'.repeat(100_000)}-- Dump completed\n`, '-- Dump completed'],
    ['größe', 'größe'],
  ])('white space after the end does not count: %#', async (output, endsWith) => {
    const context = await captureContext({ dump: ['cat', 'output'], proof: { endsWith } });
    await writeFile(join(context.planDirectory, 'output'), output);
    valueOf(await capture(commandType, context));
  });

  test('an end that comes earlier does not count', async () => {
    const failure = failureIn(await run({ dump: ['printf', 'done and more'], proof: { endsWith: 'done' } }));
    expect(failure.code).toBe('INCOMPLETE_OUTPUT');
  });

  test('the check sees every byte on stdin and its words are kept', async () => {
    const script = 'cat | cksum | cut -d" " -f2 >&2; exit 1';
    const failure = failureIn(
      await run({ dump: ['head', '-c', '300000', '/dev/zero'], proof: { check: shell(script) } }),
    );
    expect(failure.toolOutput?.trim()).toBe('300000');
  });
});

describe('emptiness', () => {
  test('zero bytes and exit code 0 fail', async () => {
    expect(failureIn(await run({ dump: ['true'], proof: { minSize: 1 } })).code).toBe('SOURCE_EMPTY');
  });

  test('zero bytes pass where the plan allows them, and the record says so', async () => {
    const snapshot = valueOf(await run({ dump: ['true'], proof: { json: true } }, allowEmpty));
    expect(snapshot.evidence.get('output')?.completion).toBe('empty, as source.allowEmpty allows');
  });

  test.each([
    [2_000, 0.5, true],
    [2_001, 0.5, false],
  ])('1000 bytes in two artifacts after %i with maxDrop %f: %s', async (rawBytes, maxDrop, passes) => {
    const half = ['head', '-c', '500', '/dev/zero'];
    const result = await run(
      { artifacts: { a: half, b: half }, proof: { minSize: 500 } },
      { guards: { maxDrop, allowEmpty: false }, previous: { rawBytes, entries: 2 } },
    );
    expect(result.ok).toBe(passes);
    if (!result.ok) expect(result.failure.code).toBe('SOURCE_EMPTY');
  });

  test('source.minSize covers all artifacts together', async () => {
    const guards = { maxDrop: 0.5, allowEmpty: false, minSizeBytes: 100 };
    expect(failureIn(await run({ dump: ['printf', 'short'], proof: { minSize: 1 } }, { guards })).code).toBe(
      'SOURCE_EMPTY',
    );
  });
});

describe('the environment', () => {
  test('has what the plan gives, secrets resolved, and nothing of ours', async () => {
    process.env['BACKUP_PLAN_TEST_CANARY'] = 'leaked';
    const secrets = { read: (name: string) => Promise.resolve(ok(`value of ${name}`)) };
    const snapshot = valueOf(
      await run(
        {
          dump: ['env'],
          env: { TOKEN: { secret: 'api' }, REGION: { value: 'fra1' } },
          proof: { minSize: 1 },
        },
        { secrets },
      ),
    );
    const lines = (await readArtifact(snapshot, 'output')).toString().split('\n');
    expect(lines).toContain('TOKEN=value of api');
    expect(lines).toContain('REGION=fra1');
    expect(lines.join()).not.toContain('leaked');
    expect(Buffer.concat(snapshot.index).toString()).not.toContain('value of api');
  });

  test('that cannot be resolved stops the capture before anything runs', async () => {
    const unreadable = { code: 'SECRET_UNREADABLE', message: 'secret api is not set' } as const;
    const secrets = { read: () => Promise.resolve({ ok: false, failure: unreadable } as const) };
    const context = await captureContext(
      { dump: ['touch', 'ran'], env: { TOKEN: { secret: 'api' } }, proof: { minSize: 1 } },
      { secrets },
    );
    expect(failureIn(await capture(commandType, context))).toEqual(unreadable);
    expect(await readdir(context.planDirectory)).toEqual(['scratch']);
  });
});
