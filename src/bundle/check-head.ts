import { failure } from '../domain/failure.ts';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import { readHead } from './message-head.ts';
import type { MessageHead } from './message-head.ts';
import type { Recipient } from './recipients.ts';

/** Looks at the start of a message while it streams by. */
export interface HeadCheck {
  /** Not ok as soon as the message is known not to be of the format. */
  add(chunk: Uint8Array): Result<void>;
  /** Not ok where the message ended before its body. */
  finish(): Result<void>;
}

/** Whatever an engine claims: the message must address exactly these recipients, in the one accepted form. */
export function createHeadCheck(recipients: readonly Recipient[]): HeadCheck {
  let head: Buffer | undefined = Buffer.alloc(0);
  return {
    add(chunk) {
      if (head === undefined) return ok();
      head = Buffer.concat([head, chunk]);
      const reading = readHead(head);
      if (reading.kind === 'more') return ok();
      head = undefined;
      return reading.kind === 'foreign'
        ? refuse(`the encrypted output ${reading.reason}`)
        : checkRecipients(reading.head, recipients);
    },
    finish: () => (head === undefined ? ok() : refuse('the encrypted output ends before its body')),
  };
}

function checkRecipients(
  { keyIds, passphrases }: MessageHead,
  recipients: readonly Recipient[],
): Result<void> {
  const addressed = recipients.filter(
    (recipient) => keyIds.filter((id) => recipient.keyIds.includes(id)).length === 1,
  );
  if (passphrases === 0 && keyIds.length === recipients.length && addressed.length === recipients.length)
    return ok();
  return refuse(
    `the encrypted output addresses ${String(keyIds.length)} keys instead of the ${String(recipients.length)} recipients`,
  );
}

function refuse(message: string): Result<void> {
  return failed(failure('STAGE_FAILED', message));
}
