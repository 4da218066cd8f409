import type { PipelineStage } from '../domain/pipeline.ts';

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

/** Refuses windows above 2^27 by itself. */
export function decompressStage(): PipelineStage {
  return { name: 'zstd', command: { argv: ['zstd', '-q', '-c', '-d'] } };
}
