import { parseAppliedState } from '../catalog/log-entry.ts';
import { lastSerial, readLogEntry, type LogPlace } from '../catalog/read-log.ts';
import { decryptSmall } from '../bundle/small.ts';
import type { LogEntry } from '../domain/applied-plan.ts';
import { failure } from '../domain/failure.ts';
import type { LogEntryReport, LogReport } from '../domain/log-report.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { KeyOptions, Ports } from './ports.ts';
import { machineKey, readingKeys } from './read-keys.ts';
import type { Workspace } from './workspace.ts';

/** The newest `limit` entries of the applied-plan log; the begin of a run that has ended says nothing more. */
export async function readLog(workspace: Workspace, limit: number): Promise<Result<LogReport>> {
  const place = placeOf(workspace);
  if (!place.ok) return place;
  const last = await lastSerial(place.value);
  if (!last.ok) return last;
  const entries: LogEntry[] = [];
  let serial = last.value;
  for (; serial > 0 && entries.length < limit; serial -= 1) {
    const read = await readLogEntry(place.value, serial);
    if (!read.ok) return read;
    const { entry } = read.value;
    if (serial === last.value || !OPENING.has(entry.entry)) entries.push(entry);
  }
  return ok({ plan: workspace.plan.name, entries, more: serial });
}

const OPENING: ReadonlySet<LogEntry['entry']> = new Set(['begin', 'takeover']);

/** One entry, with the plan in it where a key of this machine or of the options opens it. */
export async function showLogEntry(
  ports: Ports,
  workspace: Workspace,
  { serial, ...keys }: KeyOptions & { readonly serial: number },
): Promise<Result<LogEntryReport>> {
  const place = placeOf(workspace);
  if (!place.ok) return place;
  const last = await lastSerial(place.value);
  if (!last.ok) return last;
  if (serial < 1 || serial > last.value) {
    const range = last.value === 0 ? 'it is empty' : `it has 1 to ${String(last.value)}`;
    const hint = 'Run `backup-plan log` to see its entries.';
    return failed(failure('NOT_FOUND', `the log has no entry ${String(serial)}: ${range}`, { hint }));
  }
  const read = await readLogEntry(place.value, serial);
  if (!read.ok) return read;
  const { entry } = read.value;
  const state = await openState(ports, workspace, { entry, keys });
  if (!state.ok) return state;
  const plan = state.value?.plan;
  return ok({ entry, ...(plan === undefined ? {} : { state: plan }) });
}

async function openState(
  ports: Ports,
  { plan }: Workspace,
  { entry, keys }: { readonly entry: LogEntry; readonly keys: KeyOptions },
): ReturnType<typeof emptyState> {
  if (entry.state === undefined) return emptyState();
  const machine = await machineKey(ports, plan);
  const reading = await readingKeys(ports, plan, keys);
  const armored = [...reading.armored, ...(machine.ok ? [machine.value.armored] : [])];
  const opened = await decryptSmall(Buffer.from(entry.state, 'base64'), {
    ...reading,
    armored,
    keyring: false,
  });
  if (opened.ok) return parseAppliedState(opened.value);
  return opened.failure.code === 'NO_KEY' ? emptyState() : opened;
}

function emptyState(): Promise<Result<{ readonly plan: LogEntryReport['state'] } | undefined>> {
  return Promise.resolve(ok(undefined));
}

function placeOf({ plan, repositories, closed, verifier }: Workspace): Result<LogPlace> {
  const repository = repositories.get(plan.state);
  if (repository !== undefined) return ok({ repository, verifier, plan: plan.name });
  return failed(
    closed.get(plan.state)?.failure ??
      failure('TARGET_UNREACHABLE', `target ${plan.state}, which holds the log, is not open`),
  );
}
