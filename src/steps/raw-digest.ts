import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { ArtifactSource } from '../domain/resource-type.ts';

export interface DigestedSource {
  readonly source: ArtifactSource['source'];
  /** Hex, once the source has been read to its end. */
  sha256?(): Promise<string>;
}

/** Digests what a source yields: output as it passes, a file by reading it once more. */
export function digested(source: ArtifactSource['source']): Required<DigestedSource> {
  const hash = createHash('sha256');
  if (source.kind === 'file') {
    return {
      source,
      async sha256() {
        await pipeline(createReadStream(source.path), hash);
        return hash.digest('hex');
      },
    };
  }
  const { tailBytes = 0, onBytes } = source.tap ?? {};
  const tap = {
    tailBytes,
    onBytes(chunk: Buffer) {
      hash.update(chunk);
      onBytes?.(chunk);
    },
  };
  return { source: { ...source, tap }, sha256: () => Promise.resolve(hash.digest('hex')) };
}
