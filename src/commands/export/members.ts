import { createHash } from 'node:crypto';
import { emergencyReadme } from '../../catalog/emergency.ts';
import { MAX_RECORD_BYTES, openEnvelope } from '../../catalog/envelope.ts';
import { folders, markerKey, readmeKey } from '../../catalog/keys.ts';
import type { Repository } from '../../catalog/repository.ts';
import type { Verifier } from '../../domain/cryptography.ts';
import { failure, type Failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Copy } from '../../domain/snapshot.ts';
import type { TarMember } from './tar-header.ts';

/** An object of the exported tree. */
export interface Member extends TarMember {
  /** Its bytes, of exactly its size and of the digest that its record names, or the failure to give them. */
  bytes(signal: AbortSignal): AsyncGenerator<Uint8Array, Failure | undefined, undefined>;
}

export interface Source {
  readonly repository: Repository;
  readonly verifier: Verifier;
  /** A chain on this one target, full first. */
  readonly copies: readonly Copy[];
}

/** A small target tree that holds the chain and nothing else; what a reader needs first comes first. */
export async function membersOf(source: Source): Promise<Result<readonly Member[]>> {
  const { repository, copies } = source;
  const marker = await small(repository, markerKey());
  if (!marker.ok) return marker;
  const records: Member[] = [];
  const data: Member[] = [];
  for (const copy of copies) {
    const record = await recordOf(source, copy);
    if (!record.ok) return record;
    records.push(record.value);
    const stored = await storedOf(repository, copy);
    if (!stored.ok) return stored;
    data.push(...stored.value);
  }
  const modifiedMs = repository.createdMs;
  const readme = { name: readmeKey(), modifiedMs, content: Buffer.from(emergencyReadme()) };
  return ok([inMemory(readme), marker.value, ...records, ...data]);
}

/** The record as it lies there, once more proven to be the one that the catalog showed. */
async function recordOf(
  { repository, verifier }: Source,
  { record, recordSha256 }: Copy,
): Promise<Result<Member>> {
  const member = await small(repository, record.key);
  if (!member.ok) return member;
  const opened = await openEnvelope(verifier, member.value.content, 'write');
  if (!opened.ok) return opened;
  if (opened.value.payloadSha256 === recordSha256) return member;
  return failed(failure('CORRUPT', `${record.key} is not the record that was read before`));
}

/** Index and artifacts, and the key packets of recipients that were added later. */
async function storedOf(repository: Repository, { record }: Copy): Promise<Result<readonly Member[]>> {
  const modifiedMs = Date.parse(record.committed);
  const stored = [record.index, ...record.artifacts].map(({ key, bytes, sha256 }) =>
    streamed(repository, { name: key, sizeBytes: bytes, modifiedMs }, sha256),
  );
  const overlays = await repository.target.list(folders.keysOf(record));
  if (!overlays.ok) return overlays;
  for (const { key } of overlays.value) {
    const overlay = await small(repository, key);
    if (!overlay.ok) return overlay;
    stored.push(overlay.value);
  }
  return ok(stored);
}

interface SmallMember extends Member {
  readonly content: Buffer;
}

async function small({ target, createdMs }: Repository, key: string): Promise<Result<SmallMember>> {
  const content = await target.get(key, MAX_RECORD_BYTES);
  if (!content.ok) return content;
  if (content.value === undefined) return failed(failure('NOT_FOUND', `${key} is gone from ${target.name}`));
  const facts = await target.stat(key);
  if (!facts.ok) return facts;
  return ok(
    inMemory({ name: key, modifiedMs: facts.value?.modifiedMs ?? createdMs, content: content.value }),
  );
}

function inMemory(small: Pick<SmallMember, 'name' | 'modifiedMs' | 'content'>): SmallMember {
  return {
    ...small,
    sizeBytes: small.content.length,

    async *bytes() {
      yield small.content;
      return undefined;
    },
  };
}

function streamed({ target }: Repository, member: TarMember, sha256: string): Member {
  return {
    ...member,
    async *bytes(signal) {
      const object = await target.read(member.name, { signal });
      if (!object.ok) return object.failure;
      const hash = createHash('sha256');
      let sizeBytes = 0;
      for await (const chunk of object.value.bytes) {
        sizeBytes += chunk.length;
        if (sizeBytes > member.sizeBytes) return differs(member.name);
        hash.update(chunk);
        yield chunk;
      }
      const why = object.value.failure();
      if (why !== undefined) return why;
      return sizeBytes === member.sizeBytes && hash.digest('hex') === sha256
        ? undefined
        : differs(member.name);
    },
  };
}

function differs(key: string): Failure {
  return failure('CORRUPT', `${key} is not what its record says`);
}
