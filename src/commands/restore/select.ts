import { factsOf } from '../../catalog/event-facts.ts';
import { failure } from '../../domain/failure.ts';
import type { ResourceType } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Catalog, Snapshot } from '../../domain/snapshot.ts';
import type { Ports } from '../ports.ts';
import {
  chainOf,
  parseSnapshotReference,
  selectSnapshot,
  type SnapshotReference,
} from '../snapshot-selector.ts';
import type { Workspace } from '../workspace.ts';
import type { Selection } from './request.ts';

/** Chooses what `resource[@selector]` means, with all that it needs. */
export function select(ports: Ports, workspace: Workspace, text: string): Result<Selection> {
  const reference = parseSnapshotReference(text);
  if (!reference.ok) return reference;
  const snapshot = selectSnapshot(workspace.catalog, reference.value);
  if (snapshot.ok) return selectionOf(ports, workspace, snapshot.value);
  return purged(workspace.catalog, reference.value) ?? snapshot;
}

export function selectionOf(ports: Ports, workspace: Workspace, snapshot: Snapshot): Result<Selection> {
  const chain = chainOf(workspace.catalog, snapshot);
  if (!chain.ok) return chain;
  const condemned = chain.value.find(({ copies }) => copies.every(({ state }) => state === 'condemned'));
  if (condemned !== undefined) {
    const { id, resource } = snapshot;
    const why = condemned === snapshot ? `${id} waits` : `${id} needs ${condemned.id}, which waits`;
    return failed(
      failure('SNAPSHOT_CONDEMNED', `${why} for its deletion`, {
        hint: `Run \`backup-plan undelete ${resource}@${id}\` first.`,
      }),
    );
  }
  const type = typeOf(ports, workspace, snapshot);
  if (!type.ok) return type;
  const spec = workspace.plan.resources[snapshot.resource];
  const options = spec?.options ?? {};
  return ok({
    snapshot,
    chain: chain.value,
    type: type.value,
    options,
    ...(spec === undefined ? {} : { spec }),
  });
}

function purged(catalog: Catalog, { selector }: SnapshotReference): Result<never> | undefined {
  if (selector.kind !== 'id' || !isGone(catalog, selector.id)) return undefined;
  return failed(failure('SNAPSHOT_PURGED', `${selector.id} was deleted by a prune`));
}

/** Whether a prune left word that it deleted the snapshot, or a part of it. */
export function isGone({ events }: Catalog, snapshotId: string): boolean {
  return events.map(factsOf).some(({ event, facts }) => event === 'gone' && facts.snapshotId === snapshotId);
}

function typeOf(ports: Ports, workspace: Workspace, snapshot: Snapshot): Result<ResourceType> {
  const name = snapshot.record.resourceType;
  const type = ports.resourceTypes.get(name);
  const options = workspace.plan.resources[snapshot.resource]?.options;
  if (type?.restore !== undefined && (options === undefined || type.restorable(options))) return ok(type);
  return failed(
    failure('RESTORE_UNSUPPORTED', `this release cannot restore a resource of type "${name}"`, {
      hint: 'The README.txt on the target shows how to read the bundle with gpg and zstd.',
    }),
  );
}

/** Bytes of all artifacts of the chain, before compression and encryption: an upper bound of most restores. */
export function rawBytesOf(chain: readonly Snapshot[]): number {
  return sum(chain.flatMap(({ record }) => record.artifacts.map(({ raw }) => raw.bytes)));
}

/** Bytes that a restore of the chain reads at most. */
export function cipherBytesOf(chain: readonly Snapshot[]): number {
  return sum(chain.flatMap(({ record }) => record.artifacts.map(({ bytes }) => bytes)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
