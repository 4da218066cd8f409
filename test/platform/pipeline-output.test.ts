import { describe, expect, it } from 'vitest';
import { createFakeTools } from '../support/fake-tool.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { command, keep, masker, never, pipelines } from './pipelines.ts';

describe('what a tool says', () => {
  it('is kept to its last 64 KiB, even without a line end', async () => {
    const before = process.memoryUsage().rss;
    const flood = 'head -c 50000000 /dev/zero | tr "\\0" e >&2; printf last >&2';
    const source = { kind: 'command' as const, command: command('sh', '-c', flood) };
    const { stderr } = valueOf(
      await pipelines.run({ source, stages: [], sink: keep().sink, signal: never }),
    ).source!;
    expect(stderr).toHaveLength(65_536);
    expect(stderr.endsWith('eelast')).toBe(true);
    expect(process.memoryUsage().rss - before).toBeLessThan(60_000_000);
  });

  it('is masked, also where a secret comes in two pieces or was cut at the start', async () => {
    await using tools = await createFakeTools(['leaky']);
    masker.register('correct-horse-battery');
    const source = { kind: 'command' as const, command: command(`${tools.binDirectory}/leaky`) };
    const running = pipelines.run({ source, stages: [], sink: keep().sink, signal: never });
    const leaky = await tools.started('leaky');
    await leaky.stderr('correct-horse-battery '.repeat(7_000));
    await leaky.stderr('correct-horse');
    await leaky.stderr('-battery\n');
    leaky.exit(0);
    const { stderr } = valueOf(await running).source!;
    expect(stderr).not.toMatch(/horse|battery/);
    expect(stderr.endsWith('*** ***\n')).toBe(true);
  });

  it('cannot act on a terminal', async () => {
    const source = { kind: 'command' as const, command: command('printf', '\\033[31mred\\a\\n') };
    const sink = { kind: 'command' as const, command: command('sh', '-c', 'cat >&2') };
    const outcome = valueOf(await pipelines.run({ source, stages: [], sink, signal: never }));
    expect(outcome.sink?.stderr).toBe('\\x1b[31mred\\x07\n');
  });

  it('comes with the failure that stopped it', async () => {
    const source = {
      kind: 'command' as const,
      command: command('sh', '-c', 'echo waiting for a lock >&2; exec sleep 600'),
    };
    const reason = failureIn(
      await pipelines.run({ source, stages: [], sink: keep().sink, signal: never, idleTimeoutMs: 400 }),
    );
    expect(reason.toolOutput).toBe('sh: waiting for a lock');
  });
});
