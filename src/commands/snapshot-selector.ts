import { isSnapshotId } from '../catalog/ids.ts';
import { failure } from '../domain/failure.ts';
import { isRestorePoint } from '../domain/mode.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import type { Catalog, Snapshot } from '../domain/snapshot.ts';
import { CLOCK_TOLERANCE_MS } from '../planner/history.ts';
import { isSafetySnapshot } from '../domain/safety-snapshot.ts';

/** `resource`, `resource@latest`, `resource@SNAPSHOT`, `resource@label:L` or `resource@TIME`. */
export interface SnapshotReference {
  readonly resource: string;
  readonly selector: Selector;
}

type Selector =
  | { readonly kind: 'latest' }
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'label'; readonly label: string }
  | { readonly kind: 'time'; readonly atMs: number; readonly text: string };

export function parseSnapshotReference(text: string): Result<SnapshotReference> {
  const at = text.indexOf('@');
  const resource = at === -1 ? text : text.slice(0, at);
  const selector = at === -1 ? 'latest' : text.slice(at + 1);
  if (resource === '') return failed(failure('USAGE', `"${text}" names no resource`));
  if (selector === 'latest') return ok({ resource, selector: { kind: 'latest' } });
  if (isSnapshotId(selector)) return ok({ resource, selector: { kind: 'id', id: selector } });
  if (selector.startsWith('label:')) {
    return ok({ resource, selector: { kind: 'label', label: selector.slice('label:'.length) } });
  }
  const atMs = Date.parse(selector);
  if (!Number.isNaN(atMs) && /^\d{4}-\d{2}-\d{2}/.test(selector)) {
    return ok({ resource, selector: { kind: 'time', atMs, text: selector } });
  }
  return failed(
    failure('USAGE', `"${selector}" is no snapshot, label or time`, {
      hint: 'Write resource@latest, resource@20261121t020000z-…, resource@label:NAME or resource@2026-11-21T02:00Z.',
    }),
  );
}

/**
 * The snapshot that a reference means. `latest`, labels and times choose among good restore points
 * only, and never one that is dated in the future: whoever signs a date must not take the place of all
 * that is to come. `latest` and times mean nothing that a restore saved before it replaced it. An id
 * names any snapshot, so that a person can still look at it.
 */
export function selectSnapshot(catalog: Catalog, reference: SnapshotReference): Result<Snapshot> {
  const own = catalog.snapshots.filter((one) => one.resource === reference.resource);
  const { selector } = reference;
  if (selector.kind === 'id') {
    const found = own.find((one) => one.id === selector.id);
    return found === undefined ? notFound(catalog, reference, `snapshot ${selector.id}`) : ok(found);
  }
  const untilMs = (catalog.readMs ?? Infinity) + CLOCK_TOLERANCE_MS;
  const good = own
    .filter((one) => one.good && isRestorePoint(one.mode) && one.consistentAtMs <= untilMs)
    .sort(byDataPoint);
  const found = good.findLast((one) => matches(one, selector));
  return found === undefined ? notFound(catalog, reference, describe(selector)) : ok(found);
}

function byDataPoint(a: Snapshot, b: Snapshot): number {
  return a.consistentAtMs - b.consistentAtMs || (a.id < b.id ? -1 : 1);
}

function matches(snapshot: Snapshot, selector: Exclude<Selector, { kind: 'id' }>): boolean {
  if (selector.kind === 'label') return snapshot.record.label === selector.label;
  if (isSafetySnapshot(snapshot)) return false;
  if (selector.kind === 'time') return snapshot.consistentAtMs <= selector.atMs;
  return true;
}

function describe(selector: Exclude<Selector, { kind: 'id' }>): string {
  if (selector.kind === 'label') return `good snapshot with label "${selector.label}"`;
  if (selector.kind === 'time') return `good snapshot taken at or before ${selector.text}`;
  return 'good snapshot';
}

function notFound(catalog: Catalog, { resource }: SnapshotReference, what: string): Result<Snapshot> {
  const known = new Set(catalog.snapshots.map((one) => one.resource));
  const hint = known.has(resource)
    ? `Run \`backup-plan list ${resource}\` to see its snapshots.`
    : `Resources with snapshots: ${[...known].sort().join(', ') || 'none'}.`;
  const unread = catalog.problems.length === 0 ? '' : ' (some targets could not be read in full)';
  return failed(failure('NOT_FOUND', `no ${what} of "${resource}"${unread}`, { hint }));
}

/** The snapshot and all it needs, full first; CATALOG_GAP where one is missing. */
export function chainOf(catalog: Catalog, snapshot: Snapshot): Result<readonly [Snapshot, ...Snapshot[]]> {
  const byId = new Map(catalog.snapshots.map((one) => [one.id, one]));
  const chain: [Snapshot, ...Snapshot[]] = [snapshot];
  for (let parent = snapshot.record.chain.parent; parent !== undefined;) {
    const next = byId.get(parent.snapshotId);
    if (next === undefined || chain.includes(next)) {
      return failed(
        failure('CATALOG_GAP', `snapshot ${snapshot.id} needs ${parent.snapshotId}, which no target has`),
      );
    }
    chain.unshift(next);
    parent = next.record.chain.parent;
  }
  return ok(chain);
}
