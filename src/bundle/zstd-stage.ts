import type { PipelineStage, Pipelines, StageOutcome } from '../domain/pipeline.ts';
import { ok } from '../domain/result.ts';

/** Levels above this one need --ultra; their window is still what a plain `zstd -d` accepts (2^27). */
const LAST_ORDINARY_LEVEL = 19;

/** One frame with a content checksum: without it a flipped bit decodes silently. */
export function compressStage(level: number): PipelineStage {
  const ultra = level > LAST_ORDINARY_LEVEL ? ['--ultra'] : [];
  return {
    name: 'zstd',
    command: { argv: ['zstd', '-q', '-c', '-T0', ...ultra, `-${String(level)}`, '--check'] },
  };
}

/** Refuses windows above 2^27 by itself. With `report` it says at its end how many bytes it wrote. */
export function decompressStage({ report }: { readonly report: boolean }): PipelineStage {
  return { name: 'zstd', command: { argv: ['zstd', report ? '-v' : '-q', '-c', '-d'] } };
}

/** The number in the report, exact to the byte; undefined where there is none. */
export function reportedBytes({ stderr }: StageOutcome): number | undefined {
  const bytes = /: (\d+) bytes\s*$/.exec(stderr)?.[1];
  return bytes === undefined ? undefined : Number(bytes);
}

/** Whether the installed zstd reports in the known words: asked with an empty frame. */
export async function zstdReports(pipelines: Pipelines): Promise<boolean> {
  const asked = await pipelines.run({
    source: { kind: 'bytes', bytes: emptyFrame() },
    stages: [decompressStage({ report: true })],
    sink: { kind: 'bytes', consume: () => Promise.resolve(ok()) },
    signal: new AbortController().signal,
  });
  const [outcome] = asked.ok ? asked.value.stages : [];
  return outcome !== undefined && reportedBytes(outcome) === 0;
}

/** Magic number, single segment with checksum and content size 0, last empty raw block, XXH64 of nothing. */
const EMPTY_FRAME = '28b52ffd240001000099e9d851';

async function* emptyFrame(): AsyncGenerator<Buffer> {
  yield Buffer.from(EMPTY_FRAME, 'hex');
}
