import { constants } from 'node:fs';
import { errnoOf, type FileLayer } from './file-layer.ts';

/** File systems that cannot fsync a directory say so; they write names in order by themselves. */
const UNSUPPORTED: ReadonlySet<string | undefined> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']);

/** Makes the names in a directory durable. */
export async function syncDirectory(layer: FileLayer, path: string): Promise<void> {
  const handle = await layer.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } catch (error) {
    if (!UNSUPPORTED.has(errnoOf(error))) throw error;
  } finally {
    await handle.close();
  }
}
