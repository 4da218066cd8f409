import { readFileSync } from 'node:fs';
import type { Command } from '../../src/domain/command.ts';
import type { PipelineRequest, Pipelines } from '../../src/domain/pipeline.ts';
import { ok } from '../../src/domain/result.ts';
import { createMasker } from '../../src/platform/masker.ts';
import { createPipelines } from '../../src/platform/pipeline.ts';

export const masker = createMasker();

/** Short enough that a test of it does not wait, long enough for a tool that obeys. */
export const KILL_GRACE_MS = 300;

export const pipelines: Pipelines = createPipelines({ masker, killGraceMs: KILL_GRACE_MS });

export const never = new AbortController().signal;

export function command(...argv: [string, ...string[]]): Command {
  return { argv };
}

/** A sink that keeps everything. */
export function keep(): { readonly sink: PipelineRequest['sink']; readonly bytes: () => Buffer } {
  const chunks: Buffer[] = [];
  return {
    bytes: () => Buffer.concat(chunks),
    sink: {
      kind: 'bytes',
      consume: async (bytes) => {
        for await (const chunk of bytes) chunks.push(chunk);
        return ok();
      },
    },
  };
}

export async function* from(...chunks: (string | Uint8Array)[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

/** Bytes that never end. */
export async function* endless(): AsyncGenerator<Buffer> {
  for (;;) yield Buffer.alloc(65_536, 'x');
}

/** False for a process that has ended, even where nobody has asked for its exit code yet. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
