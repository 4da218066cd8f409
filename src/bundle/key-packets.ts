import { readHead, type MessageHead } from './message-head.ts';

/** A body that nobody will read. */
export const EMPTY_BODY = Uint8Array.from([0xd2, 23, 1, ...Array.from({ length: 22 }, () => 0)]);

export interface LaterMessage {
  readonly head: MessageHead;
  readonly message: Buffer;
}

/** Key packets made into a message without content; undefined where they are no whole run of them. */
export function laterMessage(packets: Uint8Array): LaterMessage | undefined {
  const message = Buffer.concat([packets, EMPTY_BODY]);
  const reading = readHead(message);
  const isWhole = reading.kind === 'head' && reading.head.bodyOffset === packets.length;
  return isWhole && packets.length > 0 ? { head: reading.head, message } : undefined;
}

/** Ids of the keys that a run of key packets is for; undefined where it is none. */
export function keyIdsOf(packets: Uint8Array): readonly string[] | undefined {
  return laterMessage(packets)?.head.keyIds;
}
