import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../src/domain/failure.ts';
import { failed, ok } from '../../src/domain/result.ts';
import { createFakeTools } from '../support/fake-tool.ts';
import { lacks } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { KILL_GRACE_MS, command, endless, from, isAlive, keep, never, pipelines } from './pipelines.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pipeline-faults-'));
});
afterAll(() => rm(directory, { recursive: true }));

const cat = { name: 'cat', command: command('cat') };

describe('a child that fails', () => {
  it('is reported with its exit code, not judged', async () => {
    const source = {
      kind: 'command' as const,
      command: command('sh', '-c', 'echo half; echo broken >&2; exit 3'),
    };
    const outcome = valueOf(await pipelines.run({ source, stages: [cat], sink: keep().sink, signal: never }));
    expect(outcome.source).toMatchObject({ exitCode: 3, stderr: 'broken\n' });
    expect(outcome.stages[0]?.exitCode).toBe(0);
  });

  it.each(['SIGKILL', 'SIGSEGV'] as const)('is reported with %s', async (signal) => {
    await using tools = await createFakeTools(['dump']);
    const source = { kind: 'command' as const, command: command(`${tools.binDirectory}/dump`) };
    const running = pipelines.run({ source, stages: [cat], sink: keep().sink, signal: never });
    const dump = await tools.started('dump');
    await dump.stdout('everything');
    dump.die(signal);
    const outcome = valueOf(await running);
    expect(outcome.source?.signal).toBe(signal);
    expect(outcome.source).not.toHaveProperty('exitCode');
  });

  it('is missing, or no program: nothing is started and no file is made', async () => {
    const text = path.join(directory, 'not-executable');
    await writeFile(text, 'text', { mode: 0o644 });
    await using tools = await createFakeTools(['first']);
    for (const tool of ['no-such-tool-anywhere', text, path.join(directory, 'missing')]) {
      const file = path.join(directory, 'never-made');
      const reason = failureIn(
        await pipelines.run({
          source: { kind: 'command', command: command(`${tools.binDirectory}/first`) },
          stages: [{ name: 'second', command: command(tool) }],
          sink: { kind: 'file', path: file },
          signal: never,
        }),
      );
      expect(reason.code).toBe('TOOL_MISSING');
      expect(reason.message).toContain(tool);
      expect(existsSync(file)).toBe(false);
    }
    expect(tools.unclaimed()).toEqual([]);
  });
});

describe('a consumer that dies first', () => {
  it('ends what writes without end', async () => {
    const outcome = valueOf(
      await pipelines.run({
        source: { kind: 'command', command: command('yes') },
        stages: [cat],
        sink: { kind: 'command', command: command('head', '-c', '1') },
        signal: never,
      }),
    );
    expect(outcome.sink?.exitCode).toBe(0);
    expect([outcome.source?.signal, outcome.stages[0]?.signal]).toEqual(['SIGPIPE', 'SIGPIPE']);
  });

  it('ends what Node feeds', async () => {
    const sink = { kind: 'command' as const, command: command('false') };
    const outcome = valueOf(
      await pipelines.run({ source: { kind: 'bytes', bytes: endless() }, stages: [], sink, signal: never }),
    );
    expect(outcome.sink?.exitCode).toBe(1);
  });

  it('ends a source that is silent', async () => {
    await using tools = await createFakeTools(['silent']);
    const source = { kind: 'command' as const, command: command(`${tools.binDirectory}/silent`) };
    const stages = [{ name: 'false', command: command('false') }];
    const running = pipelines.run({ source, stages, sink: keep().sink, signal: never });
    await (
      await tools.started('silent')
    ).ended;
    const outcome = valueOf(await running);
    expect(outcome.stages[0]?.exitCode).toBe(1);
    expect(outcome.source?.signal).toBe('SIGTERM');
  });

  it('ends a source of Node that never yields', async () => {
    const waiting = async function* () {
      await new Promise(() => undefined);
      yield Buffer.alloc(0);
    };
    const sink = { kind: 'command' as const, command: command('true') };
    const outcome = valueOf(
      await pipelines.run({ source: { kind: 'bytes', bytes: waiting() }, stages: [], sink, signal: never }),
    );
    expect(outcome).toMatchObject({ sourceBytes: 0, sink: { exitCode: 0 } });
  });

  it('is a function of ours that says no', async () => {
    const refuse = failure('STAGE_FAILED', 'no thanks');
    const sink = { kind: 'bytes' as const, consume: () => Promise.resolve(failed(refuse)) };
    const source = { kind: 'command' as const, command: command('yes') };
    expect(failureIn(await pipelines.run({ source, stages: [cat], sink, signal: never }))).toMatchObject(
      refuse,
    );
  });

  it('is a function of ours that has enough', async () => {
    const sink = {
      kind: 'bytes' as const,
      consume: async (bytes: AsyncIterable<Buffer>) => {
        await bytes[Symbol.asyncIterator]().next();
        return ok();
      },
    };
    const source = { kind: 'command' as const, command: command('yes') };
    expect(valueOf(await pipelines.run({ source, stages: [], sink, signal: never })).source?.signal).toBe(
      'SIGPIPE',
    );
  });

  it('is a function of ours with a bug: the bug is thrown and no child survives', async () => {
    await using tools = await createFakeTools(['source']);
    const started = tools.started('source');
    const consume = async () => {
      await started;
      throw new TypeError('bug');
    };
    const source = { kind: 'command' as const, command: command(`${tools.binDirectory}/source`) };
    const sink = { kind: 'bytes' as const, consume };
    await expect(pipelines.run({ source, stages: [], sink, signal: never })).rejects.toThrow('bug');
    await (
      await started
    ).ended;
  });
});

describe('limits', () => {
  it('stop what is silent', async () => {
    await using tools = await createFakeTools(['silent']);
    const source = { kind: 'command' as const, command: command(`${tools.binDirectory}/silent`) };
    const running = pipelines.run({
      source,
      stages: [cat],
      sink: keep().sink,
      signal: never,
      idleTimeoutMs: 400,
    });
    expect(failureIn(await running)).toMatchObject({
      code: 'TOOL_TIMEOUT',
      message: 'no byte moved for 0.4 s',
    });
    await (
      await tools.started('silent')
    ).ended;
  });

  it('do not call silent what moves bytes past Node', async () => {
    const slow = 'for i in 1 2 3 4 5 6; do echo x; sleep 0.2; done';
    const outcome = valueOf(
      await pipelines.run({
        source: { kind: 'command', command: command('sh', '-c', slow) },
        stages: [cat],
        sink: { kind: 'command', command: command('wc', '-l') },
        signal: never,
        idleTimeoutMs: 600,
      }),
    );
    expect(outcome.sink?.stderr.trim()).toBe('6');
  });

  it('stop what takes too long, however busy it is', async () => {
    const source = { kind: 'command' as const, command: command('yes') };
    const sink = { kind: 'command' as const, command: command('tail', '-n', '1') };
    const reason = failureIn(
      await pipelines.run({ source, stages: [], sink, signal: never, timeoutMs: 300 }),
    );
    expect(reason).toMatchObject({ code: 'TOOL_TIMEOUT', facts: { timeoutMs: 300 } });
  });

  it.each([
    ['at a tap', { tap: { tailBytes: 0 } }],
    ['by the counters of the kernel', {}],
  ])('stop what grows too large, seen %s', async (_where, tap) => {
    const source = { kind: 'command' as const, command: command('yes'), ...tap };
    const sink = { kind: 'command' as const, command: command('tail', '-n', '1') };
    const reason = failureIn(
      await pipelines.run({ source, stages: [], sink, signal: never, maxSourceBytes: 1_000_000 }),
    );
    expect(reason).toMatchObject({ code: 'SIZE_LIMIT', facts: { maxBytes: 1_000_000 } });
  });

  it('stop a source file that is too large', async () => {
    const file = path.join(directory, 'large');
    await writeFile(file, Buffer.alloc(1001));
    const request = {
      source: { kind: 'file' as const, path: file },
      stages: [cat],
      sink: keep().sink,
      signal: never,
    };
    expect(failureIn(await pipelines.run({ ...request, maxSourceBytes: 1000 })).code).toBe('SIZE_LIMIT');
    valueOf(await pipelines.run({ ...request, maxSourceBytes: 1001 }));
  });

  it.each([
    ['a function', () => keep().sink],
    ['a consumer', () => ({ kind: 'command' as const, command: command('tail', '-n', '1') })],
  ])('stop what inflates on its way to %s', async (_who, sink) => {
    const source = { kind: 'bytes' as const, bytes: from('x') };
    const stages = [{ name: 'yes', command: command('yes') }];
    const reason = failureIn(
      await pipelines.run({ source, stages, sink: sink(), signal: never, maxSinkBytes: 100_000 }),
    );
    expect(reason.code).toBe('SIZE_LIMIT');
  });
});

describe('an interrupted pipeline', () => {
  it('starts nothing that it does not end', async () => {
    const source = { kind: 'command' as const, command: command('yes') };
    const reason = failureIn(
      await pipelines.run({ source, stages: [cat], sink: keep().sink, signal: AbortSignal.abort() }),
    );
    expect(reason.code).toBe('INTERRUPTED');
  });

  it('removes its unfinished file', async () => {
    await using tools = await createFakeTools(['source']);
    const stop = new AbortController();
    const file = path.join(directory, 'unfinished');
    const source = { kind: 'command' as const, command: command(`${tools.binDirectory}/source`) };
    const running = pipelines.run({
      source,
      stages: [],
      sink: { kind: 'file', path: file },
      signal: stop.signal,
    });
    await (await tools.started('source')).stdout('half');
    stop.abort();
    expect(failureIn(await running).code).toBe('INTERRUPTED');
    expect(existsSync(file)).toBe(false);
  });

  it('kills a tool that ignores SIGTERM, and its children', async () => {
    await using tools = await createFakeTools(['stubborn']);
    const stop = new AbortController();
    const source = { kind: 'command' as const, command: command(`${tools.binDirectory}/stubborn`) };
    const running = pipelines.run({ source, stages: [cat], sink: keep().sink, signal: stop.signal });
    const stubborn = await tools.started('stubborn');
    const grandchild = await stubborn.grandchild();
    await stubborn.trap('SIGTERM');
    stop.abort();
    await stubborn.trapped('SIGTERM');
    expect(failureIn(await running).code).toBe('INTERRUPTED');
    await stubborn.ended;
    await expect.poll(() => isAlive(grandchild)).toBe(false);
  });
});

describe('what a tool leaves behind', () => {
  it('cannot keep the pipeline open', async () => {
    await using tools = await createFakeTools(['parent']);
    const source = { kind: 'command' as const, command: command(`${tools.binDirectory}/parent`) };
    const running = pipelines.run({ source, stages: [cat], sink: keep().sink, signal: never });
    const parent = await tools.started('parent');
    const grandchild = await parent.grandchild();
    await parent.stdout('all of it');
    parent.exit(0);
    const reason = failureIn(await running);
    expect(reason.code).toBe('TOOL_TIMEOUT');
    expect(reason.message).toMatch(/left a process behind that keeps its output open$/);
    await expect.poll(() => isAlive(grandchild)).toBe(false);
  });

  it('is killed even where it left the process group', async () => {
    const source = {
      kind: 'command' as const,
      command: command('sh', '-c', 'setsid sleep 600 & echo $! >&2'),
    };
    const running = pipelines.run({ source, stages: [cat], sink: keep().sink, signal: never });
    const reason = failureIn(await running);
    expect(reason.code).toBe('TOOL_TIMEOUT');
    const pid = Number(/\d+/.exec(reason.toolOutput ?? '')?.[0]);
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('may keep stderr open, but not longer than the grace', async () => {
    const source = {
      kind: 'command' as const,
      command: command('sh', '-c', 'sleep 600 > /dev/null & echo said >&2'),
    };
    const startedMs = performance.now();
    const outcome = valueOf(await pipelines.run({ source, stages: [], sink: keep().sink, signal: never }));
    expect(outcome.source).toMatchObject({ exitCode: 0, stderr: 'said\n' });
    expect(performance.now() - startedMs).toBeLessThan(20 * KILL_GRACE_MS);
  });

  it('does not hide that a slow consumer is still at work', async () => {
    await using tools = await createFakeTools(['slow']);
    const source = { kind: 'command' as const, command: command('echo', 'quick') };
    const sink = { kind: 'command' as const, command: command(`${tools.binDirectory}/slow`) };
    const running = pipelines.run({ source, stages: [], sink, signal: never });
    const slow = await tools.started('slow');
    await expect(Promise.race([running, afterGrace()])).resolves.toBe('still running');
    expect((await slow.readStdin()).bytes).toBe(6);
    slow.exit(0);
    expect(valueOf(await running).sink?.exitCode).toBe(0);
  });
});

async function afterGrace(): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 2 * KILL_GRACE_MS));
  return 'still running';
}

describe.skipIf(lacks('setpriv'))('when this process is killed', () => {
  it('its children end', async () => {
    await using tools = await createFakeTools(['orphan']);
    const script = `
      import { createPipelines } from '${path.resolve('src/platform/pipeline.ts')}';
      const masker = { register() {}, mask: (text) => text };
      await createPipelines({ masker }).run({
        source: { kind: 'command', command: { argv: ['${tools.binDirectory}/orphan'] } },
        stages: [{ name: 'cat', command: { argv: ['cat'] } }],
        sink: { kind: 'bytes', consume: async (bytes) => { for await (const _ of bytes); return { ok: true }; } },
        signal: new AbortController().signal,
      });`;
    const node = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: 'inherit',
    });
    const orphan = await tools.started('orphan');
    node.kill('SIGKILL');
    await once(node, 'exit');
    await orphan.ended;
  });
});
