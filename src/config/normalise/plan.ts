import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import canonicalize from 'canonicalize';
import type { JsonObject } from '../../domain/json.ts';
import type {
  EncryptionProfile,
  NotificationSpec,
  PinnedSigner,
  Plan,
  SecretReference,
  TargetSpec,
} from '../../domain/plan.ts';
import { resolvedDocument, typedDocument } from '../document.ts';
import type {
  EncryptionProfile as WrittenProfile,
  Notification,
  PlanDocument,
  SecretReference as WrittenReference,
  Signer,
  Target,
} from '../generated/plan-document.ts';
import type { Registries } from '../registries.ts';
import { SHARED_KEYS } from '../schema/plan-schema.ts';
import type { MapTree } from '../source/tree.ts';
import { BUILT_IN } from './built-in.ts';
import { ownOptions } from './options.ts';
import { policiesOf } from './policies.ts';
import { hooksOf, normaliseResource } from './resource.ts';
import { mapValues } from './retention.ts';
import { targetLimits } from './targets.ts';

/** A tree that the schema and every check have accepted → Plan. `file` is absolute. */
export function normalisePlan(tree: MapTree, file: string, registries: Registries): Plan {
  const document = typedDocument(tree);
  const raw = resolvedDocument(tree, 'raw');
  const directory = dirname(file);
  return {
    name: document.name,
    ...(document.description === undefined ? {} : { description: document.description }),
    timezone: document.timezone ?? BUILT_IN.plan.timezone,
    labels: document.labels ?? {},
    file,
    directory,
    secrets: mapValues(document.secrets ?? {}, (reference) => referenceOf(reference, directory)),
    encryption: mapValues(document.encryption, (profile, name) => encryptionOf(name, profile, directory)),
    signing: {
      keys: mapValues(document.signing.keys, (signer, name) => signerOf(name, signer, directory)),
      use: referenceOf(document.signing.use, directory),
    },
    state: document.state ?? Object.keys(document.targets)[0] ?? '',
    targets: mapValues(document.targets, targetOf),
    resources: resourcesOf(document, registries),
    groups: mapValues(document.groups ?? {}, ({ members, hooks }, name) => ({
      name,
      members,
      hooks: hooksOf(hooks),
    })),
    onFailure: document.onFailure ?? BUILT_IN.plan.onFailure,
    scratchDirectory: resolve(directory, document.scratch?.path ?? BUILT_IN.plan.scratch.path),
    policies: policiesOf(document.policies),
    notifications: mapValues(document.notifications ?? {}, notificationOf),
    digest: digestOf(raw),
    document: raw,
  };
}

/** The package exports the function itself; its types claim a property `default`. */
const toCanonicalJson = canonicalize as unknown as (value: JsonObject) => string;

function digestOf(document: JsonObject): string {
  const canonical = toCanonicalJson(document);
  return `sha256:${createHash('sha256').update(canonical).digest('hex')}`;
}

function resourcesOf(document: PlanDocument, { resources }: Registries): Plan['resources'] {
  const modes = new Map(resources.map((type) => [type.type, type.modes]));
  return mapValues(document.resources, (resource, name) =>
    normaliseResource(name, resource, modes.get(resource.type) ?? ['full'], document),
  );
}

function referenceOf(written: WrittenReference, directory: string): SecretReference {
  if (written.env !== undefined) return { env: written.env };
  if (written.file !== undefined) return { file: resolve(directory, written.file) };
  return { command: written.command ?? [] };
}

function encryptionOf(
  name: string,
  { recipients, privateKey, engine }: WrittenProfile,
  directory: string,
): EncryptionProfile {
  return {
    name,
    recipients: recipients.map((file) => resolve(directory, file)),
    ...(privateKey === undefined ? {} : { privateKey: referenceOf(privateKey, directory) }),
    engine: engine ?? BUILT_IN.encryption.engine,
  };
}

function signerOf(name: string, { key, may, until }: Signer, directory: string): PinnedSigner {
  return {
    name,
    key: resolve(directory, key),
    may,
    ...(until === undefined ? {} : { untilMs: Date.parse(`${until}T00:00:00Z`) }),
  };
}

function targetOf(written: Target, name: string): TargetSpec {
  const { offsite, prune, exclusive } = { ...BUILT_IN.target, ...written };
  const { type, site, media } = written;
  return {
    name,
    type,
    options: ownOptions(written, SHARED_KEYS.targets),
    offsite,
    prune,
    ...(exclusive ? { exclusive } : {}),
    limits: targetLimits(written.limits),
    ...(site === undefined ? {} : { site }),
    ...(media === undefined ? {} : { media }),
  };
}

function notificationOf(written: Notification, name: string): NotificationSpec {
  const options = ownOptions(written, SHARED_KEYS.notifications);
  return { name, type: written.type, options, on: written.on ?? BUILT_IN.notification.on };
}
