import { beginApply, commitApply, endApply, renewApply, type ApplyLease } from '../../catalog/applied-log.ts';
import { appliedStateBytes } from '../../catalog/log-entry.ts';
import type { Repository } from '../../catalog/repository.ts';
import { encryptSmall } from '../../bundle/small.ts';
import type { Verifier } from '../../domain/cryptography.ts';
import type { Plan } from '../../domain/plan.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { Ports } from '../ports.ts';
import type { WriterKey } from '../read-keys.ts';

/** A run that dies elsewhere blocks others for this long; a living one renews in time. */
const LEASE_SECONDS = 900;
const RENEW_MS = (LEASE_SECONDS * 1000) / 3;
const WAIT_MS = 5_000;

export interface LockRequest {
  readonly repository: Repository;
  readonly verifier: Verifier;
  readonly writer: WriterKey;
  readonly plan: Plan;
  readonly runId: string;
  readonly gitCommit?: string;
  /** As AppliedState keeps it. */
  readonly retentionChangedAt: Readonly<Record<string, string>>;
  /** Wait for the holder instead of giving up. */
  readonly wait: boolean;
  readonly signal: AbortSignal;
}

/** The log taken by this run: its entries say who applied what, and keep other runs out. */
export interface RunLock {
  /** Ends the run in the log: `commit` when all went well, `partial` when steps failed, `abort` when nothing was applied. */
  end(kind: 'commit' | 'partial' | 'abort'): Promise<Result<{ readonly serial: number }>>;
}

export async function takeLock(ports: Ports, request: LockRequest): Promise<Result<RunLock>> {
  for (;;) {
    const lease = await beginApply({
      repository: request.repository,
      verifier: request.verifier,
      plan: request.plan.name,
      signer: request.writer.signer,
      clock: ports.clock,
      applyId: request.runId,
      holder: ports.describeHolder(request.writer.name),
      planDigest: request.plan.digest,
      ...(request.gitCommit === undefined ? {} : { gitCommit: request.gitCommit }),
      toolVersion: ports.toolVersion,
      leaseSeconds: LEASE_SECONDS,
      isDead: ports.isDeadHolder,
    });
    if (lease.ok) return ok(keepLock(ports, request, lease.value));
    if (lease.failure.code !== 'LOCKED' || !request.wait || request.signal.aborted) return lease;
    await pause(ports, WAIT_MS, request.signal);
  }
}

function keepLock(ports: Ports, request: LockRequest, taken: ApplyLease): RunLock {
  let lease = taken;
  let renewing = Promise.resolve();
  let cancel = schedule();
  function schedule(): () => void {
    return ports.timers.after(RENEW_MS, () => {
      renewing = renewApply(lease).then((renewed) => {
        if (renewed.ok) lease = renewed.value;
        else if (renewed.failure.code === 'LOCKED') return;
        cancel = schedule();
      });
    });
  }
  return {
    end: async (kind) => {
      cancel();
      await renewing;
      cancel();
      if (kind === 'abort') return endApply(lease, { kind });
      const state = await encryptedState(request);
      if (!state.ok) return state;
      return kind === 'commit'
        ? commitApply(lease, state.value)
        : endApply(lease, { kind, state: state.value });
    },
  };
}

/** Encrypted to every recipient and to every key that may apply or prune: hosts hold no recipient's private key. */
function encryptedState({
  plan,
  retentionChangedAt,
}: Pick<LockRequest, 'plan' | 'retentionChangedAt'>): Promise<Result<Uint8Array>> {
  const recipients = Object.values(plan.encryption).flatMap((profile) => profile.recipients);
  const readers = Object.values(plan.signing.keys).filter(
    ({ may }) => may.includes('apply') || may.includes('prune'),
  );
  const keys = new Set([...recipients, ...readers.map((signer) => signer.key)]);
  const bytes = appliedStateBytes({
    format: 'backup-plan/state@1',
    plan: plan.document,
    digest: plan.digest,
    ...(Object.keys(retentionChangedAt).length === 0 ? {} : { retentionChangedAt }),
  });
  return encryptSmall(bytes, [...keys]);
}

async function pause(ports: Ports, delayMs: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = ports.timers.after(delayMs, resolve);
    signal.addEventListener(
      'abort',
      () => {
        cancel();
        resolve();
      },
      { once: true },
    );
  });
}
