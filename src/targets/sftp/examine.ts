import type { StoreNote } from '../../domain/target.ts';
import { EXTENSIONS, type Channel } from './channel.ts';
import type { ServerWays } from './server-ways.ts';

/** Clocks that differ by less are as good as equal where times are whole seconds. */
const TOLERATED_MS = 5000;

/** What the server lacks, and what that means for what lies there. */
export function examineServer(channel: Channel, ways: ServerWays | undefined): StoreNote[] {
  const has = (extension: string): boolean => channel.extensions.has(extension);
  return [
    has(EXTENSIONS.fsync)
      ? { topic: 'durability', state: 'ok', detail: 'the server syncs files before they count as stored' }
      : {
          topic: 'durability',
          state: 'warning',
          detail:
            'the server does not offer fsync@openssh.com: what it confirms may be lost when its power fails',
          hint: 'Verify newly written snapshots some minutes later, or use a server with OpenSSH.',
        },
    has(EXTENSIONS.statvfs)
      ? { topic: 'free space', state: 'ok', detail: 'the server tells how much is free' }
      : { topic: 'free space', state: 'warning', detail: 'the server does not tell how much is free' },
    ...(ways === undefined ? [] : [publishingNote(ways), clockNote(ways)]),
  ];
}

function publishingNote({ publishing }: ServerWays): StoreNote {
  const topic = 'create-only';
  if (publishing === 'rename') return { topic, state: 'ok', detail: 'a rename never replaces a file' };
  if (publishing === 'link')
    return { topic, state: 'ok', detail: 'a rename replaces files here, so hard links are used' };
  return {
    topic,
    state: 'warning',
    detail: 'the server can neither rename nor link without a chance to replace: two writers can collide',
    hint: 'Let one host alone write to this target, or use a file system with hard links on the server.',
  };
}

function clockNote({ serverMs, ownMs }: ServerWays): StoreNote {
  const offsetSeconds = Math.round((serverMs - ownMs) / 1000);
  const detail = `the clock of the server is ${String(Math.abs(offsetSeconds))} s ${offsetSeconds < 0 ? 'behind' : 'ahead of'} this one`;
  return { topic: 'clock', state: Math.abs(serverMs - ownMs) > TOLERATED_MS ? 'warning' : 'ok', detail };
}
