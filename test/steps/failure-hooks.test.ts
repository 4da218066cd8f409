import { describe, expect, it } from 'vitest';
import type { CommandOutcome, Tools } from '../../src/domain/command.ts';
import { ok } from '../../src/domain/result.ts';
import type { Step, StepAction } from '../../src/domain/run-graph.ts';
import type { StepContext } from '../../src/executor/step-handler.ts';
import { createHandlers } from '../../src/steps/handlers.ts';
import type { RunContext } from '../../src/steps/ports.ts';

const ENDED: CommandOutcome = { exitCode: 0, stderr: '', durationMs: 1 };

function runWith(calls: string[], exitCode = 0): RunContext {
  const tools: Tools = {
    find: () => Promise.resolve('/bin/true'),
    run: (command) => {
      calls.push(command.argv.join(' '));
      return Promise.resolve(ok({ ...ENDED, exitCode, stdout: Buffer.alloc(0) }));
    },
  };
  return {
    tools,
    plan: { directory: '/' },
    repositories: new Map(),
    refused: new Map(),
  } as unknown as RunContext;
}

function contextOf(action: StepAction): StepContext {
  const step: Step = {
    id: action.kind,
    action,
    needs: [],
    lane: { kind: 'host' },
    retries: 0,
    subject: 'calls',
  };
  return {
    step,
    signal: new AbortController().signal,
    attempt: 1,
    progress: () => undefined,
    warn: () => undefined,
  };
}

const hook = (moment: 'before' | 'after' | 'onFailure'): StepContext =>
  contextOf({ kind: 'hook', owner: 'calls', moment, argv: [['alarm'], ['mail']] });

const ship = contextOf({
  kind: 'ship',
  target: 'gone',
  task: { snapshotId: 'x', resource: 'calls', mode: 'full', targets: ['gone'] },
});

describe('onFailure hooks', () => {
  it('do nothing where nothing failed', async () => {
    const calls: string[] = [];
    await createHandlers(runWith(calls)).hook(hook('onFailure'));
    expect(calls).toEqual([]);
  });

  it('run after a step of their subject failed', async () => {
    const calls: string[] = [];
    const handlers = createHandlers(runWith(calls));
    expect((await handlers.ship(ship)).ok).toBe(false);
    await handlers.hook(hook('onFailure'));
    expect(calls).toEqual(['alarm', 'mail']);
  });
});

describe('commands of a hook', () => {
  it('stop at the first failure before a capture', async () => {
    const calls: string[] = [];
    const result = await createHandlers(runWith(calls, 1)).hook(hook('before'));
    expect(result).toMatchObject({ ok: false, failure: { code: 'HOOK_FAILED' } });
    expect(calls).toEqual(['alarm']);
  });

  it('all run after it, and the first failure is told', async () => {
    const calls: string[] = [];
    const result = await createHandlers(runWith(calls, 1)).hook(hook('after'));
    expect(result).toMatchObject({ ok: false, failure: { message: 'hook "alarm" ended with exit code 1' } });
    expect(calls).toEqual(['alarm', 'mail']);
  });
});
