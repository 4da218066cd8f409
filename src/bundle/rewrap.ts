import { encryptSessionKey } from 'openpgp';
import type { Rewrapper } from '../domain/cryptography.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok } from '../domain/result.ts';
import { keyIdsOf } from './key-packets.ts';
import { MAX_HEAD_BYTES, readHead } from './message-head.ts';
import { loadRecipients } from './recipients.ts';
import type { SessionKeys } from './session-key.ts';

export function createRewrapper(sessionKeys: SessionKeys): Rewrapper {
  return {
    async rewrap({ start, laterKeys, recipients: files }) {
      const recipients = await loadRecipients(files);
      if (!recipients.ok) return recipients;
      const reading = readHead(start.subarray(0, MAX_HEAD_BYTES));
      if (reading.kind !== 'head')
        return failed(failure('CORRUPT', 'the bundle is not an encrypted message of this format'));
      const able = new Set([
        ...reading.head.keyIds,
        ...laterKeys.flatMap((packets) => keyIdsOf(packets) ?? []),
      ]);
      const lacking = recipients.value.filter(({ keyIds }) => !keyIds.some((id) => able.has(id)));
      if (lacking.length === 0) return ok(undefined);
      const sessionKey = await sessionKeys.find(start, () => Promise.resolve(laterKeys));
      if (!sessionKey.ok) return sessionKey;
      const packets = await encryptSessionKey({
        data: sessionKey.value,
        algorithm: 'aes256',
        encryptionKeys: lacking.map(({ key }) => key),
        format: 'binary',
      });
      return ok({ packets, added: lacking.map(({ fingerprint }) => fingerprint) });
    },
  };
}
