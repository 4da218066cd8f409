import type { Examination } from '../../domain/doctor-report.ts';
import type { Plan } from '../../domain/plan.ts';
import { listKeys } from '../key-list.ts';
import type { Ports } from '../ports.ts';
import { writerKey } from '../read-keys.ts';
import { fromFailure } from './from-failure.ts';

const SOON_MS = 60 * 86_400_000;

export async function examineKeys(ports: Ports, plan: Plan): Promise<readonly Examination[]> {
  const keys = await listKeys(ports, plan);
  if (!keys.ok) return [fromFailure('keys', 'public keys', keys.failure)];
  const recipients = keys.value.map(({ facts, uses }): Examination => {
    const isRecipient = uses.some((use) => use.startsWith('recipient'));
    const soon = facts.expiresMs !== undefined && facts.expiresMs - ports.clock.nowMs() < SOON_MS;
    const expiry =
      facts.expiresMs === undefined
        ? 'never expires'
        : `expires ${new Date(facts.expiresMs).toISOString().slice(0, 10)}`;
    const detail = `${uses.join('; ')}, ${expiry}`;
    if (isRecipient && facts.defect !== undefined) {
      return { area: 'keys', subject: facts.fingerprint, state: 'failed', detail: facts.defect };
    }
    return { area: 'keys', subject: facts.fingerprint, state: soon ? 'warning' : 'ok', detail };
  });
  const writer = await writerKey(ports, plan);
  const own: Examination = writer.ok
    ? { area: 'keys', subject: 'signing.use', state: 'ok', detail: writer.value.signer.fingerprint }
    : fromFailure('keys', 'signing.use', writer.failure);
  return [...recipients, own];
}

export async function examineSecrets(ports: Ports, plan: Plan): Promise<readonly Examination[]> {
  const reader = ports.secretsOf(plan);
  return Promise.all(
    Object.keys(plan.secrets).map(async (name): Promise<Examination> => {
      const value = await reader.read(name);
      if (!value.ok) return fromFailure('secrets', name, value.failure);
      return { area: 'secrets', subject: name, state: 'ok', detail: 'readable' };
    }),
  );
}
