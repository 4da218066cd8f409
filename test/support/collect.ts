import type { ObjectBytes } from '../../src/domain/target.ts';

/** All that an object yields; its memory may be used again while it is read, so every chunk is copied. */
export async function collect({ bytes }: ObjectBytes): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
