import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { failure } from '../../domain/failure.ts';
import type { Tap } from '../../domain/pipeline.ts';
import type { CaptureContext } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { createJsonScanner, type JsonScanner } from '../../domain/json-scanner.ts';
import type { Proof } from './options.ts';
import { resolveProgram } from './environment.ts';

/** Watches one artifact while it streams and judges it at the end. */
export interface Witness {
  readonly tap: Tap;
  /** The names of the proofs that held. */
  judge(output: Output): Promise<Result<readonly string[]>>;
  close(): void;
}

interface Output {
  readonly rawBytes: number;
  readonly tail: Buffer;
}

type Surroundings = Pick<CaptureContext, 'tools' | 'signal' | 'scratch' | 'planDirectory'>;

/** White space that may follow the text of `endsWith`. */
const TRAILING_BYTES = 4096;

export function createWitness(context: Surroundings, artifact: string, proof: Proof): Witness {
  const scanner = proof.json ? createJsonScanner() : undefined;
  const copy = proof.check === undefined ? undefined : createCopy(join(context.scratch, `${artifact}.check`));
  return {
    tap: {
      tailBytes: Buffer.byteLength(proof.endsWith ?? '') + TRAILING_BYTES,
      onBytes(chunk) {
        scanner?.push(chunk);
        copy?.write(chunk);
      },
    },
    async judge(output) {
      const flaw = findFlaw(proof, output, scanner);
      if (flaw !== undefined) return incomplete(artifact, flaw);
      const checked = copy === undefined ? ok() : await runCheck(context, { artifact, proof, copy });
      return checked.ok ? ok(namesOf(proof)) : checked;
    },
    close: () => copy?.close(),
  };
}

function findFlaw(
  proof: Proof,
  { rawBytes, tail }: Output,
  scanner: JsonScanner | undefined,
): string | undefined {
  const { minSizeBytes = 0, endsWith = '' } = proof;
  if (rawBytes < minSizeBytes)
    return `has ${String(rawBytes)} bytes, proof.minSize is ${String(minSizeBytes)}`;
  if (!tail.toString('utf8').trimEnd().endsWith(endsWith.trimEnd())) {
    return 'does not end with the text of proof.endsWith';
  }
  const wrong = scanner?.finish();
  return wrong === undefined ? undefined : `is not one JSON text: ${wrong}`;
}

function incomplete(artifact: string, flaw: string, toolOutput = '') {
  return failed(
    failure('INCOMPLETE_OUTPUT', `artifact ${artifact} ${flaw}`, toolOutput === '' ? {} : { toolOutput }),
  );
}

interface CheckRun {
  readonly artifact: string;
  readonly proof: Proof;
  readonly copy: PrivateCopy;
}

async function runCheck(context: Surroundings, { artifact, proof, copy }: CheckRun): Promise<Result<void>> {
  copy.close();
  const trouble = copy.trouble();
  if (trouble !== undefined)
    return failed(
      failure('TARGET_FULL', `no room in scratch for the check of artifact ${artifact} (${trouble})`),
    );
  const argv = resolveProgram(proof.check ?? ['true'], context.planDirectory);
  const command = { argv, cwd: context.planDirectory, stdin: createReadStream(copy.path) };
  const run = await context.tools.run(command, { signal: context.signal });
  if (!run.ok) return run;
  const { exitCode, signal, stderr } = run.value;
  if (exitCode === 0) return ok();
  const end = signal === undefined ? `exited ${String(exitCode)}` : `was killed by ${signal}`;
  return incomplete(artifact, `failed its check: ${basename(argv[0])} ${end}`, stderr);
}

function namesOf(proof: Proof): readonly string[] {
  const names = [
    proof.minSizeBytes === undefined ? '' : 'minSize',
    proof.endsWith === undefined ? '' : 'endsWith',
    proof.json ? 'json' : '',
    proof.check === undefined ? '' : `check ${basename(proof.check[0])}`,
  ];
  return names.filter((name) => name !== '');
}

interface PrivateCopy {
  readonly path: string;
  write(chunk: Buffer): void;
  /** Why it is not whole. */
  trouble(): string | undefined;
  close(): void;
}

/** Written synchronously, because a tap may not keep a chunk for later. */
function createCopy(path: string): PrivateCopy {
  let file: number | undefined;
  let trouble: string | undefined;
  return {
    path,
    write(chunk) {
      if (trouble !== undefined) return;
      try {
        file ??= openSync(path, 'wx', 0o600);
        for (let at = 0; at < chunk.length;) at += writeSync(file, chunk, at);
      } catch (error) {
        trouble = (error as NodeJS.ErrnoException).code ?? 'write error';
      }
    },
    trouble: () => trouble,
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}
