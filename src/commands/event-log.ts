import { factsOf, type EventFacts } from '../catalog/event-facts.ts';
import type { EventLogReport, LoggedEvent } from '../domain/log-report.ts';
import { formatBytes } from '../domain/size.ts';
import type { EventKind, EventRecord } from '../domain/snapshot.ts';
import { probeSummary } from './probe-words.ts';
import type { Workspace } from './workspace.ts';

/** Bookkeeping between prunes and writers, of no interest to people. */
const UNTOLD: readonly EventKind[] = ['cancel', 'demote', 'gone'];

/** The newest `limit` events. The same one may lie on several targets; it is told once. */
export function readEventLog({ plan, catalog }: Workspace, limit: number): EventLogReport {
  const told = catalog.events.filter(({ event }) => !UNTOLD.includes(event));
  const once = new Map(told.map((event) => [identityOf(event), event]));
  const newestFirst = [...once.values()].sort((a, b) => (a.at < b.at ? 1 : -1));
  const resourceOf = new Map(catalog.snapshots.map(({ id, resource }) => [id, resource]));
  return {
    plan: plan.name,
    events: newestFirst.slice(0, limit).map((event) => loggedEvent(event, resourceOf)),
    more: Math.max(newestFirst.length - limit, 0),
  };
}

function identityOf({ event, runId, facts }: EventRecord): string {
  return JSON.stringify([event, runId, facts]);
}

function loggedEvent(event: EventRecord, resourceOf: ReadonlyMap<string, string>): LoggedEvent {
  const { at, event: kind, runId, writer, facts } = event;
  return { at, event: kind, runId, writer, facts, ...wordsFor(factsOf(event), resourceOf) };
}

type Words = Pick<LoggedEvent, 'subject' | 'result' | 'code' | 'durationMs' | 'detail'>;

function wordsFor(said: EventFacts, resourceOf: ReadonlyMap<string, string>): Words {
  const snapshot = (id: string): string => `${resourceOf.get(id) ?? '?'}@${id}`;
  switch (said.event) {
    case 'run': {
      const { resources, result, durationMs } = said.facts;
      const taken = resources.map(({ resource, state }) =>
        state === 'succeeded' ? resource : `${resource} ${state}`,
      );
      return { result, durationMs, detail: taken.join(', ') };
    }
    case 'restore': {
      const { resource, snapshotId, result, durationMs, code, restoreId } = said.facts;
      const subject = `${resource}@${snapshotId}`;
      const detail = restoreId === undefined ? {} : { detail: `in place, undo ${restoreId}` };
      return { subject, result, durationMs, ...codeOf(code), ...detail };
    }
    case 'undo': {
      const { restoreId, result, durationMs, code } = said.facts;
      return { subject: restoreId, result, durationMs, ...codeOf(code) };
    }
    case 'verify': {
      const { snapshotId, result, level, target, code } = said.facts;
      return { subject: snapshot(snapshotId), result, detail: `${level} on ${target}`, ...codeOf(code) };
    }
    case 'prune': {
      const { result, durationMs, swept, condemned, bytes } = said.facts;
      const marked = condemned === 0 ? '' : `, ${String(condemned)} marked`;
      return { result, durationMs, detail: `${String(swept)} deleted${marked}, ${formatBytes(bytes)} freed` };
    }
    case 'pin':
      return {
        subject: snapshot(said.facts.snapshotId),
        ...(said.facts.until === undefined ? {} : { detail: `until ${said.facts.until}` }),
      };
    case 'unchanged': {
      const { resource, snapshotId, mode } = said.facts;
      return { subject: resource, detail: `${mode} equal to ${snapshotId}` };
    }
    case 'rewrap': {
      const { snapshotId, artifact, added } = said.facts;
      return { subject: snapshot(snapshotId), detail: `${artifact} opens with ${added.join(', ')} too` };
    }
    case 'probe':
      return {
        subject: said.facts.target,
        durationMs: said.facts.durationMs,
        detail: probeSummary(said.facts),
      };
    case 'unpin':
    case 'demote':
    case 'cancel':
    case 'gone':
      return { subject: snapshot(said.facts.snapshotId) };
  }
}

function codeOf(code: LoggedEvent['code']): Pick<LoggedEvent, 'code'> {
  return code === undefined ? {} : { code };
}
