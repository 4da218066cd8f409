import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { failure } from '../../src/domain/failure.ts';
import { failed, ok } from '../../src/domain/result.ts';
import type { StepHandler } from '../../src/executor/step-handler.ts';
import { createMasker } from '../../src/platform/masker.ts';
import { createTools } from '../../src/platform/tools.ts';
import { createFakeTools, type FakeTools } from '../support/fake-tool.ts';
import { graph, runWith, step } from './rig.ts';

let fakes: FakeTools;

beforeEach(async () => {
  fakes = await createFakeTools(['freeze', 'tar', 'sqlite3', 'thaw']);
});

afterEach(() => fakes.close());

/** Runs the tool that the first word of a step's id names, as a real child. */
const runTool: StepHandler = async ({ step: { id }, signal }) => {
  const tools = createTools({ masker: createMasker(), killGraceMs: 100 });
  const ended = await tools.run({ argv: [join(fakes.binDirectory, id.split(' ')[0] ?? '')] }, { signal });
  if (!ended.ok) return ended;
  const { exitCode } = ended.value;
  return exitCode === 0
    ? ok({ summary: 'done', warnings: [] })
    : failed(failure('SOURCE_FAILED', `exit code ${String(exitCode)}`));
};

test('a tool that is silent for ever is terminated, then killed, when its time is over', async () => {
  const rig = runWith(graph(step('tar', { timeoutMs: 60_000 })), runTool);
  const tar = await fakes.started('tar');
  await tar.trap('SIGTERM');
  rig.time.advance(60_000);
  await tar.trapped('SIGTERM');
  await tar.ended;
  await rig.outcome;
  expect(rig.result('tar')).toMatchObject({ state: 'failed', failure: { code: 'TOOL_TIMEOUT' } });
});

test('an interruption stops every running tool before the finalizer runs its own', async () => {
  const rig = runWith(
    graph(
      step('freeze'),
      step('tar', { needs: ['freeze'] }),
      step('sqlite3', { needs: ['freeze'] }),
      step('thaw', { after: ['freeze', 'tar', 'sqlite3'] }),
    ),
    runTool,
  );
  (await fakes.started('freeze')).exit(0);
  const running = await Promise.all([fakes.started('tar'), fakes.started('sqlite3')]);
  rig.graceful.abort('SIGINT');
  const thaw = await fakes.started('thaw');
  await Promise.all(running.map(({ ended }) => ended));
  thaw.exit(0);
  expect(await rig.outcome).toMatchObject({ succeeded: 2, failed: 2, interrupted: 'SIGINT' });
});

test('a second signal ends the run while a tool still resists', async () => {
  const rig = runWith(graph(step('tar'), step('thaw', { after: ['tar'] })), runTool);
  const tar = await fakes.started('tar');
  await tar.trap('SIGTERM');
  rig.graceful.abort('SIGTERM');
  await tar.trapped('SIGTERM');
  rig.forceful.abort('SIGTERM');
  expect(await rig.outcome).toMatchObject({ failed: 1, skipped: 1, interrupted: 'SIGTERM' });
  await tar.ended;
  expect(fakes.unclaimed()).toEqual([]);
});

test('kill: the tools of other steps die with the first that fails', async () => {
  const rig = runWith(graph(step('tar'), step('sqlite3')), runTool, { onFailure: 'kill' });
  const [tar, sqlite] = await Promise.all([fakes.started('tar'), fakes.started('sqlite3')]);
  tar.exit(1);
  await sqlite.ended;
  expect(await rig.outcome).toMatchObject({ succeeded: 0, failed: 2 });
});

test('no more tools run at once than the lane has places', async () => {
  const rig = runWith(graph(step('tar 1'), step('tar 2'), step('tar 3')), runTool, {
    limits: { concurrency: 2, perTarget: 1 },
  });
  const first = await fakes.started('tar');
  const second = await fakes.started('tar');
  expect(rig.events.filter(({ type }) => type === 'step-started')).toHaveLength(2);
  first.exit(0);
  const third = await fakes.started('tar');
  for (const tool of [second, third]) tool.exit(0);
  expect(await rig.outcome).toMatchObject({ succeeded: 3 });
});
