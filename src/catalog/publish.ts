import type { Signer, Verifier } from '../domain/cryptography.ts';
import { failure, type FailureCode } from '../domain/failure.ts';
import type { SignerRole } from '../domain/plan.ts';
import { failed, ok, type Failed, type Result } from '../domain/result.ts';
import { MAX_RECORD_BYTES, openEnvelope, sealEnvelope } from './envelope.ts';
import type { Repository } from './repository.ts';

export interface PublishRequest {
  readonly repository: Repository;
  readonly signer: Signer;
  readonly verifier: Verifier;
  readonly key: string;
  readonly payload: unknown;
  /** Role, or one of the roles, that readers want of its signer. */
  readonly role: SignerRole | readonly SignerRole[];
}

export type Published =
  | { readonly state: 'own'; readonly payloadSha256: string }
  /** Somebody else's valid object is there. */
  | { readonly state: 'taken'; readonly payload: unknown; readonly payloadSha256: string };

/**
 * Creates a signed object and reads it back. A lost reply and our own earlier attempt both end in
 * `own`, because what counts is what lies there, not what the call answered. A store that reports
 * an I/O error is not believed, even where the object can be read: it may not be durable.
 */
export async function publish(request: PublishRequest): Promise<Result<Published>> {
  const { repository, signer, key, payload } = request;
  if (!repository.writable) return readOnly(repository);
  const sealed = await sealEnvelope(signer, payload);
  if (!sealed.ok) return sealed;
  const created = await repository.target.create(key, sealed.value);
  if (!created.ok && !LOST_REPLIES.includes(created.failure.code)) return created;
  const found = await readBack(request);
  if (!created.ok) return found.ok && found.value?.state === 'own' ? ok(found.value) : created;
  if (!found.ok) return found;
  if (found.value === undefined)
    return failed(failure('TARGET_IO', `${key} is not there after it was created`));
  if (created.value === 'created' && found.value.state === 'taken')
    return failed(failure('CORRUPT', `${key} reads back with other content`));
  return ok(found.value);
}

const LOST_REPLIES: readonly FailureCode[] = ['TARGET_UNREACHABLE', 'TARGET_TIMEOUT'];

async function readBack({
  repository,
  verifier,
  key,
  payload,
  role,
}: PublishRequest): Promise<Result<Published | undefined>> {
  const bytes = await repository.target.get(key, MAX_RECORD_BYTES);
  if (!bytes.ok) return bytes;
  if (bytes.value === undefined) return ok(undefined);
  const opened = await openEnvelope(verifier, bytes.value, role);
  if (!opened.ok) return opened;
  const { payload: present, payloadSha256 } = opened.value;
  const isOwn = JSON.stringify(present) === JSON.stringify(payload);
  return ok(isOwn ? { state: 'own', payloadSha256 } : { state: 'taken', payload: present, payloadSha256 });
}

function readOnly({ target }: Repository): Failed {
  return failed(
    failure('TARGET_FORMAT', `target ${target.name} was written by a newer release and is only read`),
  );
}
