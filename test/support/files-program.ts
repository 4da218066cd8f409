import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '../../src/domain/json.ts';
import type { SnapshotRecord } from '../../src/domain/record.ts';
import type { CaptureSession, ChainLink } from '../../src/domain/resource-type.ts';
import { ok } from '../../src/domain/result.ts';
import type { Result } from '../../src/domain/result.ts';
import { createMasker } from '../../src/platform/masker.ts';
import { createPipelines } from '../../src/platform/pipeline.ts';
import { createTools } from '../../src/platform/tools.ts';
import { filesType } from '../../src/resources/files/index.ts';
import { spooledLines } from '../../src/resources/files/index-spool.ts';
import { noSecrets } from './no-secrets.ts';

/** Runs as another user: `capture FOLDER OPTIONS` or `restore FOLDER`; prints the result as JSON. */
const [action = '', folder = '', options = '{}'] = process.argv.slice(2);
const masker = createMasker();
const pipelines = createPipelines({ masker });
const tools = createTools({ masker, killGraceMs: 500 });
const { signal } = new AbortController();
const [file, index] = [join(folder, 'artifact'), join(folder, 'index')];

process.stdout.write(JSON.stringify(await (action === 'capture' ? capture() : restore())));

async function capture(): Promise<Result<unknown>> {
  const session = await filesType.open({
    resource: 'thing',
    options: JSON.parse(options) as JsonObject,
    mode: 'full',
    planDirectory: folder,
    scratch: await privateFolder('capture-scratch'),
    guards: { maxDrop: 0.5, allowEmpty: false },
    tools,
    secrets: noSecrets,
    clock: { nowMs: Date.now, monotonicMs: () => 0 },
    signal,
  });
  return session.ok ? drain(session.value) : session;
}

async function drain(session: CaptureSession): Promise<Result<unknown>> {
  const [artifact] = session.artifacts;
  if (artifact === undefined) throw new Error('one artifact was expected');
  const listed = allLines(session);
  const ended = await pipelines.run({
    source: artifact.source,
    stages: [],
    sink: { kind: 'file', path: file },
    signal,
  });
  if (!ended.ok || ended.value.source === undefined) return ended;
  const evidence = await artifact.settle({ command: ended.value.source });
  if (!evidence.ok) return evidence;
  const summary = await session.finish();
  const lines = ['{"format":"backup-plan/index@1"}', ...(await listed), '{"end":true,"entries":0,"log":[]}'];
  await writeFile(index, lines.map((line) => `${line}\n`).join(''));
  return ok({ evidence: evidence.value, log: summary.ok ? summary.value.log : [] });
}

async function allLines(session: CaptureSession): Promise<string[]> {
  const lines: string[] = [];
  for await (const entry of session.entries())
    lines.push(Buffer.isBuffer(entry) ? entry.toString() : JSON.stringify(entry));
  return lines;
}

async function restore(): Promise<Result<unknown>> {
  const link: ChainLink = {
    record: {
      snapshotId: 's',
      chain: { mode: 'full', root: 's', level: 0 },
      index: { entries: Infinity },
    } as SnapshotRecord,
    index: () => Promise.resolve(ok(spooledLines(index))),
    deliver: (_, sink) => pipelines.run({ source: { kind: 'file', path: file }, stages: [], sink, signal }),
  };
  const result = await filesType.restore?.({
    resource: 'thing',
    options: {},
    planDirectory: folder,
    staging: await privateFolder('staging'),
    scratch: await privateFolder('restore-scratch'),
    chain: [link],
    only: [],
    tools,
    secrets: noSecrets,
    signal,
  });
  return result ?? ok();
}

async function privateFolder(name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { mode: 0o700 });
  return path;
}
