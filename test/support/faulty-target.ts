import { failure, type Failure } from '../../src/domain/failure.ts';
import { failed, ok, type Result } from '../../src/domain/result.ts';
import type { ObjectUpload, Target } from '../../src/domain/target.ts';

type Operation =
  | 'get'
  | 'create'
  | 'upload'
  | 'startUpload'
  | 'write'
  | 'finish'
  | 'read'
  | 'stat'
  | 'list'
  | 'remove'
  | 'space'
  | 'stagingDirectory';

export interface Fault {
  /** Counted from 0 over the operations that `only` admits. */
  readonly at: number;
  /** `after`: it takes effect and the reply is lost. */
  readonly moment: 'before' | 'after';
  readonly only?: readonly Operation[];
  readonly failure?: Failure;
  /** Thrown instead, from this operation on: the program died here. */
  readonly crash?: boolean;
}

/** The death of a program in the middle; nothing catches it but the test. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export interface FaultyTarget extends Target {
  /** Operations seen so far, failed ones included. */
  calls(): number;
}

/** Passes everything on, but fails at one operation. */
export function faultyTarget(target: Target, fault: Fault): FaultyTarget {
  let seen = 0;
  let crashed = false;
  const guard: Guard = async <T>(
    operation: Operation,
    work: () => Promise<Result<T>>,
  ): Promise<Result<T>> => {
    if (crashed) throw new Crash(operation);
    if (fault.only?.includes(operation) === false) return work();
    const isHit = seen++ === fault.at;
    if (!isHit) return work();
    crashed = fault.crash === true;
    if (fault.moment === 'after') await work();
    if (crashed) throw new Crash(operation);
    return failed(fault.failure ?? failure('TARGET_UNREACHABLE', `${operation} failed on purpose`));
  };
  return {
    name: target.name,
    capabilities: target.capabilities,
    calls: () => seen,
    open: () => target.open(),
    prepare: () => target.prepare(),
    get: (key, maxBytes) => guard('get', () => target.get(key, maxBytes)),
    create: (key, bytes) => guard('create', () => target.create(key, bytes)),
    upload: (key, file, options) => guard('upload', () => target.upload(key, file, options)),
    ...startingUploads(target, guard),
    read: (key, options) => guard('read', () => target.read(key, options)),
    stat: (key) => guard('stat', () => target.stat(key)),
    list: (prefix) => guard('list', () => target.list(prefix)),
    remove: (key) => guard('remove', () => target.remove(key)),
    space: () => guard('space', () => target.space()),
    stagingDirectory: (runId) => guard('stagingDirectory', () => target.stagingDirectory(runId)),
    close: () => target.close(),
  };
}

type Guard = <T>(operation: Operation, work: () => Promise<Result<T>>) => Promise<Result<T>>;

function startingUploads(target: Target, guard: Guard): Pick<Target, 'startUpload'> {
  if (target.startUpload === undefined) return {};
  const start = target.startUpload.bind(target);
  const guarded = (upload: ObjectUpload): ObjectUpload => ({
    write: (chunk) => guard('write', () => upload.write(chunk)),
    finish: (expected) => guard('finish', () => upload.finish(expected)),
    abort: () => upload.abort(),
  });
  return {
    startUpload: async (key, options) => {
      const started = await guard('startUpload', () => start(key, options));
      return started.ok ? ok(guarded(started.value)) : started;
    },
  };
}
