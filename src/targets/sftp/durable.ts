import { EXTENSIONS, type Channel, type Handle } from './channel.ts';
import { isStatus, STATUS } from './refusal.ts';

/** What a server says of a directory that it cannot open as a file, or of a file system that syncs none. */
const UNABLE = [STATUS.permissionDenied, STATUS.badMessage, STATUS.unsupported];

/** Bytes of a file reach the disk, where the server offers to see to it. */
export async function syncFile(channel: Channel, handle: Handle): Promise<void> {
  if (channel.extensions.has(EXTENSIONS.fsync)) await channel.fsync(handle);
}

/**
 * The names in a directory reach the disk. The protocol has no word for it; OpenSSH opens a
 * directory as it opens a file and syncs it. Where that does not work, names are as durable as the
 * server's file system makes them by itself.
 */
export async function syncDirectory(channel: Channel, path: string): Promise<void> {
  if (!channel.extensions.has(EXTENSIONS.fsync)) return;
  let handle: Handle;
  try {
    handle = await channel.open(path === '' ? '/' : path, 'read');
  } catch (error) {
    if (isStatus(error)) return;
    throw error;
  }
  const [synced] = await Promise.allSettled([channel.fsync(handle), channel.close(handle)]);
  if (synced.status === 'rejected' && !isStatus(synced.reason, ...UNABLE)) throw synced.reason;
}
