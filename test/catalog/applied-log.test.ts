import { beforeEach, describe, expect, it } from 'vitest';
import {
  beginApply,
  commitApply,
  endApply,
  readAppliedPlan,
  renewApply,
  type ApplyLease,
  type ApplyRequest,
} from '../../src/catalog/applied-log.ts';
import { sealEnvelope } from '../../src/catalog/envelope.ts';
import { newRunId } from '../../src/catalog/ids.ts';
import { logKey } from '../../src/catalog/keys.ts';
import { appliedStateBytes } from '../../src/catalog/log-entry.ts';
import type { AppliedState } from '../../src/domain/applied-plan.ts';
import { failure } from '../../src/domain/failure.ts';
import { failed, ok, type Result } from '../../src/domain/result.ts';
import { Crash, faultyTarget, type Fault } from '../support/faulty-target.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { createWorld, fixedClock, type World } from '../support/sample-records.ts';

const LEASE_SECONDS = 900;
const state: AppliedState = { format: 'backup-plan/state@1', plan: { name: 'acme' }, digest: 'sha256:ab' };
/** In place of OpenPGP. */
const encrypted = appliedStateBytes(state).map((byte) => byte ^ 0xff);
const decrypt = (bytes: Uint8Array): Promise<Result<Uint8Array>> =>
  Promise.resolve(ok(bytes.map((byte) => byte ^ 0xff)));

describe('the applied-plan log', () => {
  let world: World;

  beforeEach(async () => {
    world = await createWorld();
  });

  const request = (changes: Partial<ApplyRequest> = {}): ApplyRequest => ({
    ...world,
    clock: fixedClock(),
    plan: 'acme',
    applyId: newRunId(0),
    holder: 'root@host-a pid 1',
    planDigest: 'sha256:ab',
    toolVersion: '0.1.0',
    leaseSeconds: LEASE_SECONDS,
    ...changes,
  });
  const read = (changes: Partial<Parameters<typeof readAppliedPlan>[0]> = {}) =>
    readAppliedPlan({ ...world, plan: 'acme', decrypt, ...changes });
  const serials = () => [...world.store.objects.keys()].filter((key) => key.startsWith('acme/log/')).sort();

  async function apply(changes: Partial<ApplyRequest> = {}): Promise<void> {
    valueOf(await commitApply(valueOf(await beginApply(request(changes))), encrypted));
  }

  it('of a new repository holds no plan', async () => {
    expect(valueOf(await read())).toBeUndefined();
  });

  it('gives back the plan that was committed last', async () => {
    await apply({ planDigest: 'sha256:01' });
    await apply({ gitCommit: '8f31c2e' });
    expect(valueOf(await read())).toMatchObject({
      serial: 4,
      digest: 'sha256:ab',
      gitCommit: '8f31c2e',
      holder: 'root@host-a pid 1',
      state,
    });
    expect(serials()).toEqual([1, 2, 3, 4].map((serial) => logKey('acme', serial)));
  });

  it('gives the plan without its content where no key opens it', async () => {
    await apply();
    expect(
      valueOf(await read({ decrypt: () => Promise.resolve(failed(failure('NO_KEY', 'no key'))) }))?.state,
    ).toBeUndefined();
    expect(failureIn(await read({ decrypt: () => Promise.resolve(ok(Buffer.from('{}'))) })).code).toBe(
      'LOG_UNREADABLE',
    );
  });

  it('keeps the applied plan when a run is aborted, and takes it when a run was partial', async () => {
    await apply({ planDigest: 'sha256:01' });
    valueOf(await endApply(valueOf(await beginApply(request())), { kind: 'abort' }));
    expect(valueOf(await read())?.digest).toBe('sha256:01');
    valueOf(await endApply(valueOf(await beginApply(request())), { kind: 'partial', state: encrypted }));
    expect(valueOf(await read())?.digest).toBe('sha256:ab');
  });

  describe('while somebody holds it', () => {
    let lease: ApplyLease;

    beforeEach(async () => {
      lease = valueOf(await beginApply(request()));
    });

    it('is locked, and says by whom', async () => {
      const { code, message } = failureIn(await beginApply(request({ holder: 'other' })));
      expect(code).toBe('LOCKED');
      expect(message).toBe('held by root@host-a pid 1 since 2026-11-21T02:00:00.000Z');
      expect(serials()).toHaveLength(1);
    });

    it('stays locked up to the last second by the clock of the store, whatever other clocks say', async () => {
      world.store.nowMs += LEASE_SECONDS * 1000;
      expect(
        failureIn(await beginApply(request({ clock: fixedClock(Date.parse('2030-01-01T00:00:00Z')) }))).code,
      ).toBe('LOCKED');
    });

    it('is taken over once the lease has run out, and the old holder can commit no more', async () => {
      world.store.nowMs += LEASE_SECONDS * 1000 + 1;
      const next = valueOf(await beginApply(request({ holder: 'other' })));
      expect(failureIn(await commitApply(lease, encrypted)).code).toBe('LOCKED');
      expect(failureIn(await renewApply(lease)).code).toBe('LOCKED');
      expect(valueOf(await read())).toBeUndefined();
      valueOf(await commitApply(next, encrypted));
      expect(valueOf(await read())?.holder).toBe('other');
    });

    it('is taken over at once from a holder that is known to be dead', async () => {
      const asked: string[] = [];
      const isDead = (holder: string) => asked.push(holder) > 0;
      valueOf(await beginApply(request({ holder: 'other', isDead })));
      expect(asked).toEqual(['root@host-a pid 1']);
    });

    it('is held for longer by renewing', async () => {
      world.store.nowMs += LEASE_SECONDS * 1000;
      const renewed = valueOf(await renewApply(lease));
      world.store.nowMs += LEASE_SECONDS * 1000;
      expect(failureIn(await beginApply(request({ holder: 'other' }))).code).toBe('LOCKED');
      valueOf(await commitApply(renewed, encrypted));
      expect(valueOf(await read())?.serial).toBe(3);
    });

    it('leaves no probe behind when somebody asks for its age', async () => {
      await beginApply(request({ holder: 'other' }));
      expect([...world.store.objects.keys()].filter((key) => key.includes('/lease/'))).toEqual([]);
    });
  });

  it('has one winner among those who begin at once', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) => beginApply(request({ holder: `host-${String(index)}` }))),
    );
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
    expect(outcomes.filter((outcome) => !outcome.ok && outcome.failure.code === 'LOCKED')).toHaveLength(9);
  });

  describe('is unreadable', () => {
    beforeEach(async () => {
      await apply();
      await apply();
    });

    const expectUnreadable = async (): Promise<void> => {
      expect(failureIn(await read()).code).toBe('LOG_UNREADABLE');
      expect(failureIn(await beginApply(request())).code).toBe('LOG_UNREADABLE');
    };
    const put = async (serial: number, payload: unknown) =>
      world.store.objects.set(logKey('acme', serial), {
        bytes: valueOf(await sealEnvelope(world.signer, payload)),
        modifiedMs: 0,
      });
    const payloadOf = (serial: number): Record<string, unknown> => {
      const text = world.store.objects.get(logKey('acme', serial))?.bytes.toString() ?? '';
      return JSON.parse(
        Buffer.from((JSON.parse(text) as { payload: string }).payload, 'base64').toString(),
      ) as Record<string, unknown>;
    };

    it.each([1, 2, 3])('without entry %i', async (serial) => {
      world.store.objects.delete(logKey('acme', serial));
      await expectUnreadable();
    });

    it('with a newest entry that nobody signed', async () => {
      world.store.objects.set(logKey('acme', 4), { bytes: Buffer.from('{}'), modifiedMs: 0 });
      await expectUnreadable();
    });

    it('with an entry copied to a later place', async () => {
      world.store.objects.set(logKey('acme', 5), {
        bytes: world.store.objects.get(logKey('acme', 4))?.bytes ?? Buffer.alloc(0),
        modifiedMs: 0,
      });
      await expectUnreadable();
    });

    it.each([
      ['an unknown kind', { entry: 'purge' }],
      ['a wrong predecessor', { prev: { serial: 1, sha256: 'a'.repeat(64) } }],
      ['no predecessor', { prev: undefined }],
      ['a lease on a commit', { leaseSeconds: 1 }],
    ])('with %s in its newest entry', async (_, changes) => {
      await put(4, { ...payloadOf(4), ...changes });
      await expectUnreadable();
    });

    it('with an older entry that is not the one its successor names', async () => {
      valueOf(await endApply(valueOf(await beginApply(request())), { kind: 'abort' }));
      await put(5, { ...payloadOf(5), holder: 'forged' });
      expect(failureIn(await read()).code).toBe('LOG_UNREADABLE');
    });
  });

  describe('after a crash or a lost reply at any operation', () => {
    const FAULTS = Array.from({ length: 10 }, (_, at) => [
      { at, moment: 'before' } as const,
      { at, moment: 'after' } as const,
    ]).flat();
    const through = (fault: Fault) => ({
      ...world.repository,
      target: faultyTarget(world.repository.target, fault),
    });

    it.each(FAULTS)('holds the old plan or the new one, and the next run goes on: %o', async (fault) => {
      await apply({ planDigest: 'sha256:01' });
      const repository = through({ ...fault, crash: true });
      const run = async (): Promise<void> => {
        valueOf(
          await commitApply(
            valueOf(await beginApply(request({ repository, planDigest: 'sha256:02' }))),
            encrypted,
          ),
        );
      };
      const died = await run().then(
        () => false,
        (error: unknown) => error instanceof Crash,
      );
      const after = valueOf(await read());
      expect(['sha256:01', 'sha256:02']).toContain(after?.digest);
      if (!died) expect(after?.digest).toBe('sha256:02');
      await apply({ planDigest: 'sha256:03', isDead: () => true });
      expect(valueOf(await read())?.digest).toBe('sha256:03');
    });

    describe('of a renewal that took effect while the store was out of reach', () => {
      let lease: ApplyLease;

      beforeEach(async () => {
        lease = valueOf(await beginApply(request()));
        const { target } = world.repository;
        const silent = {
          ...target,
          create: async (key: string, bytes: Uint8Array) => {
            await target.create(key, bytes);
            return failed(failure('TARGET_UNREACHABLE', 'the reply was lost'));
          },
          get: () => Promise.resolve(failed(failure('TARGET_UNREACHABLE', 'still out of reach'))),
        };
        const renewing = {
          ...lease,
          request: { ...lease.request, repository: { ...world.repository, target: silent } },
        };
        expect(failureIn(await renewApply(renewing)).code).toBe('TARGET_UNREACHABLE');
        expect(serials()).toHaveLength(2);
      });

      const later = (): ApplyLease => ({
        ...lease,
        request: { ...lease.request, clock: fixedClock(Date.parse('2026-11-21T02:05:00Z')) },
      });

      it('finds the lease its own when it renews again', async () => {
        const renewed = valueOf(await renewApply(later()));
        expect(renewed.begun.serial).toBe(2);
        expect(valueOf(await commitApply(renewed, encrypted)).serial).toBe(3);
      });

      it('commits after it, once', async () => {
        expect(valueOf(await commitApply(later(), encrypted)).serial).toBe(3);
        expect(valueOf(await commitApply(later(), encrypted)).serial).toBe(3);
        expect(failureIn(await endApply(later(), { kind: 'abort' })).code).toBe('LOCKED');
        expect(valueOf(await read())?.serial).toBe(3);
      });

      it('is locked all the same where another run took over', async () => {
        world.store.nowMs += LEASE_SECONDS * 1000 + 1;
        // By the same holder, in another run.
        valueOf(await beginApply(request()));
        expect(failureIn(await commitApply(later(), encrypted)).code).toBe('LOCKED');
        expect(failureIn(await renewApply(valueOf(await renewApply(later())))).code).toBe('LOCKED');
      });
    });

    it('of a creation knows its own entry again', async () => {
      const lost = { moment: 'after', only: ['create'] } as const;
      const lease = valueOf(await beginApply(request({ repository: through({ ...lost, at: 0 }) })));
      valueOf(
        await commitApply(
          { ...lease, request: { ...lease.request, repository: through({ ...lost, at: 0 }) } },
          encrypted,
        ),
      );
      expect(serials()).toHaveLength(2);
      expect(valueOf(await read())?.serial).toBe(2);
    });
  });
});
