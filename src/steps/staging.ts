import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Repository } from '../catalog/repository.ts';
import type { SealOutput } from '../domain/cryptography.ts';
import { failure } from '../domain/failure.ts';
import type { ResourceSpec } from '../domain/plan.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { BackupTask } from '../domain/run-graph.ts';
import type { ObjectUpload } from '../domain/target.ts';
import { paceBy } from '../transfer/bandwidth.ts';
import type { StagedObject } from './captured-snapshot.ts';
import { payloadOn } from './payload.ts';
import type { RunContext } from './ports.ts';
import { shortageOn } from './space.ts';

/** Where the ciphertext of one capture is kept until it is shipped. */
export interface Staging {
  open(place: StagingPlace): Promise<Result<StagingSlot>>;
  /** Nothing that was opened is left. */
  discard(): Promise<void>;
}

interface StagingPlace {
  /** Of the artifact, or `index`. */
  readonly name: string;
  readonly key: string;
  /** Of an artifact, and not of the index. */
  readonly isPayload: boolean;
}

/** Two views of one place: whoever seals writes to it, whoever ships takes from it. */
interface StagingSlot {
  readonly output: SealOutput;
  readonly held: StagedObject['held'];
}

export interface StagingRequest {
  readonly resource: ResourceSpec;
  readonly task: BackupTask;
  /** A private folder of this machine, for where no target stages. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

export async function chooseStaging(run: RunContext, request: StagingRequest): Promise<Result<Staging>> {
  if (request.resource.limits.staging === 'none') return streaming(run, request);
  const folder = await stagingFolder(run, request);
  return folder.ok ? ok(inFolder(folder.value, request.task.snapshotId)) : folder;
}

/**
 * Ciphertext is staged once: on the first target that can hold it, so that shipping there is a link.
 * A target that is full or refuses to be written must not keep the others from their copy.
 */
async function stagingFolder(run: RunContext, { task, scratch }: StagingRequest): Promise<Result<string>> {
  let refused: Result<never> | undefined;
  for (const { target } of repositoriesOf(run, task)) {
    if (!target.capabilities.staging) continue;
    if ((await shortageOn(run, task, target.name)) !== undefined) continue;
    const directory = await target.stagingDirectory(run.runId);
    if (!directory.ok) refused ??= directory;
    else if (directory.value !== undefined) return ok(directory.value);
  }
  return refused ?? ok(scratch);
}

function repositoriesOf(run: RunContext, task: BackupTask): readonly Repository[] {
  return task.targets.flatMap((name) => run.repositories.get(name) ?? []);
}

function inFolder(folder: string, snapshotId: string): Staging {
  const opened: string[] = [];
  return {
    open: ({ name }) => {
      const path = join(folder, `${snapshotId}.${name}.gpg`);
      opened.push(path);
      return Promise.resolve(ok({ output: { kind: 'file', path }, held: { path } }));
    },
    discard: async () => {
      await Promise.all(opened.map((path) => rm(path, { force: true })));
    },
  };
}

/** Straight to the only target, where nothing is visible before it is shipped. */
function streaming(run: RunContext, { task, signal }: StagingRequest): Result<Staging> {
  const [repository, ...others] = repositoriesOf(run, task);
  const target = repository?.target;
  if (target?.startUpload === undefined || others.length > 0)
    return failed(failure('STAGE_FAILED', `${task.resource} cannot be captured without staging`));
  const opened: ObjectUpload[] = [];
  const start = target.startUpload.bind(target);
  const pace = paceBy(run.bandwidths.get(task.resource), signal);
  const payload = payloadOn(run.plan, task.resource, target.name);
  return ok({
    open: async ({ key, isPayload }) => {
      const started = await start(key, { signal, ...pace, ...(isPayload ? { payload } : {}) });
      if (!started.ok) return started;
      const upload = run.uploads.track(started.value);
      opened.push(upload);
      return ok({ output: { kind: 'upload', upload }, held: { upload } });
    },
    discard: async () => {
      await Promise.all(opened.map((upload) => upload.abort()));
    },
  });
}
