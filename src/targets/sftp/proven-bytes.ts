import type { FileHandle } from 'node:fs/promises';
import type { Channel } from './channel.ts';
import type { Part } from './parts.ts';
import { closing } from './read-object.ts';
import { readBlocks } from './read-blocks.ts';

/**
 * How much of a part need not be sent again: what was synced and noted, and then as far as the bytes
 * on the server equal those of the staged file. A server that died may have kept holes there.
 */
export async function provenBytes(
  channel: Channel,
  part: Part,
  local: FileHandle,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (part.bytes <= part.syncedBytes) return part.syncedBytes;
  const handle = await channel.open(part.file, 'read');
  return closing(channel, handle, async () => {
    let proven = part.syncedBytes;
    const range = { handle, from: proven, to: part.bytes, signal };
    for await (const block of readBlocks(channel, range)) {
      const own = Buffer.allocUnsafe(block.length);
      const { bytesRead } = await local.read(own, 0, own.length, proven);
      if (bytesRead < block.length || !own.equals(block)) break;
      proven += block.length;
    }
    return proven;
  });
}
