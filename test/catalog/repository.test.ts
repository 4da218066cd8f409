import { describe, expect, it } from 'vitest';
import { sealEnvelope } from '../../src/catalog/envelope.ts';
import type { Marker } from '../../src/catalog/marker.ts';
import { initRepository, openRepository } from '../../src/catalog/repository.ts';
import { commitSnapshot } from '../../src/catalog/commit.ts';
import { faultyTarget } from '../support/faulty-target.ts';
import { createMemoryStore, createMemoryTarget } from '../support/memory-target.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { createWorld, fixedClock, sampleRecord, type World } from '../support/sample-records.ts';
import { createTestSigner, createTestVerifier } from '../support/signing-double.ts';

const init = (world: Pick<World, 'signer'>, target: World['repository']['target']) =>
  initRepository({ target, signer: world.signer, clock: fixedClock(), toolVersion: '0.1.0' });

async function rewriteMarker(world: World, changes: Partial<Marker>): Promise<void> {
  const { repoId, targetId } = world.repository;
  const marker = {
    type: 'repository',
    version: 1,
    key: 'repo.json',
    repoId,
    targetId,
    format: 1,
    minReader: 1,
    created: '2026-11-21T02:00:00.000Z',
    toolVersion: '9',
  };
  world.store.objects.delete('repo.json');
  await world.repository.target.create(
    'repo.json',
    valueOf(await sealEnvelope(world.signer, { ...marker, ...changes })),
  );
}

describe('a repository', () => {
  it('is the same when it is opened again', async () => {
    const { repository, verifier } = await createWorld();
    expect(valueOf(await openRepository({ target: repository.target, verifier }))).toEqual(repository);
  });

  it('has an explanation for people beside its marker', async () => {
    const { store } = await createWorld();
    expect([...store.objects.keys()].sort()).toEqual(['README.txt', 'repo.json']);
    expect(store.objects.get('README.txt')?.bytes.toString()).toContain('gpg -d');
  });

  it('is refused where there is no marker, and none is made', async () => {
    const { store, repository, verifier } = await createWorld();
    store.objects.delete('repo.json');
    expect(failureIn(await openRepository({ target: repository.target, verifier })).code).toBe(
      'TARGET_NOT_OURS',
    );
    expect([...store.objects.keys()]).toEqual(['README.txt']);
  });

  it('is refused with a marker of an unknown signer or of one who may not apply', async () => {
    const { repository, signer } = await createWorld();
    const stranger = createTestVerifier([createTestSigner()]);
    expect(failureIn(await openRepository({ target: repository.target, verifier: stranger })).code).toBe(
      'TARGET_NOT_OURS',
    );
    const writer = createTestVerifier([signer as ReturnType<typeof createTestSigner>], ['write']);
    expect(failureIn(await openRepository({ target: repository.target, verifier: writer })).code).toBe(
      'TARGET_NOT_OURS',
    );
  });

  it('is refused when it is another one than expected', async () => {
    const { repository, verifier } = await createWorld();
    const opened = await openRepository({ target: repository.target, verifier, expectedRepoId: 'another' });
    expect(failureIn(opened).code).toBe('TARGET_NOT_OURS');
  });

  it('that needs a newer reader is refused as that', async () => {
    const world = await createWorld();
    await rewriteMarker(world, { format: 3, minReader: 2 });
    expect(
      failureIn(await openRepository({ target: world.repository.target, verifier: world.verifier })).code,
    ).toBe('TARGET_FORMAT');
  });

  it('of a newer format that we may read is read and never written', async () => {
    const world = await createWorld();
    await rewriteMarker(world, { format: 2 });
    const repository = valueOf(
      await openRepository({ target: world.repository.target, verifier: world.verifier }),
    );
    expect(repository.writable).toBe(false);
    const record = sampleRecord(repository);
    for (const { key } of [...record.artifacts, record.index])
      await repository.target.create(key, Buffer.from(key.includes('index') ? 'index' : 'ciphertext'));
    expect(failureIn(await commitSnapshot({ ...world, repository, record })).code).toBe('TARGET_FORMAT');
    expect(world.store.objects.has(record.key)).toBe(false);
  });
});

describe('initialising', () => {
  it.each(['photos/holiday.jpg', 'acme/snapshots/files/20261121t020000z-0123456789abcdef.json', 'repo.json'])(
    'is refused where %s lies',
    async (key) => {
      const store = createMemoryStore();
      const target = createMemoryTarget(store);
      await target.open();
      await target.create(key, Buffer.from('x'));
      expect(failureIn(await init({ signer: createTestSigner() }, target)).code).toBe('TARGET_NOT_OURS');
      expect([...store.objects.keys()]).toEqual([key]);
    },
  );

  it('of two at the same moment has one winner', async () => {
    const store = createMemoryStore();
    const signer = createTestSigner();
    const target = createMemoryTarget(store);
    await target.open();
    const outcomes = await Promise.all([init({ signer }, target), init({ signer }, target)]);
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
    expect(outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.failure.code]))).toEqual([
      'TARGET_CONFLICT',
    ]);
    expect((await openRepository({ target, verifier: createTestVerifier([signer]) })).ok).toBe(true);
  });

  it('can be repeated after it was interrupted anywhere before the marker', async () => {
    for (let at = 0; at < 3; at += 1) {
      for (const moment of ['before', 'after'] as const) {
        const store = createMemoryStore();
        const target = createMemoryTarget(store);
        await target.open();
        const signer = createTestSigner();
        await init({ signer }, faultyTarget(target, { at, moment }));
        const again = store.objects.has('repo.json')
          ? await openRepository({ target, verifier: createTestVerifier([signer]) })
          : await init({ signer }, target);
        expect(again.ok).toBe(true);
      }
    }
  });
});
