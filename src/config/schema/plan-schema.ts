import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { policyDefinitions, policyProperties } from './policies.ts';
import { resourceDefinitions, resourceProperties } from './resource.ts';
import { restoreDefinitions, restoreProperties, restoreSchema } from './restore.ts';
import { rootDefinitions, rootProperties } from './root.ts';
import { closed, mapOf, ref, type Schema } from './shape.ts';
import { notificationProperties, targetProperties } from './target.ts';
import { keepDefinition, timeDefinitions, timeProperties } from './time.ts';
import { trustDefinitions, trustProperties } from './trust.ts';
import { viaDefinition } from './via.ts';

/** What an adapter brings to the schema. */
export interface Fragment {
  readonly type: string;
  readonly optionsSchema: JsonObject;
  /** True for a resource whose tools can run elsewhere. */
  readonly via?: true;
}

export interface Fragments {
  readonly resources: readonly Fragment[];
  readonly targets: readonly Fragment[];
  readonly notifications: readonly Fragment[];
}

/** Keys of a resource, target or notification that belong to no type. */
export const SHARED_KEYS = {
  resources: ['type', 'via', ...Object.keys(resourceProperties)],
  targets: ['type', ...Object.keys(targetProperties)],
  notifications: ['type', ...Object.keys(notificationProperties)],
  /** Below `restore` of a resource, where a type may have keys of its own. */
  restore: Object.keys(restoreProperties),
} as const;

/** The whole schema, draft-07: the base and one closed branch for each type. */
export function planSchema(fragments: Fragments): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'backup-plan',
    description: 'A backup plan: what to protect, when, for how long, for whom and where.',
    ...closed(
      { ...rootProperties, ...trustProperties, ...timeProperties, ...policyProperties, ...typedMaps() },
      ['version', 'name', 'encryption', 'signing', 'targets', 'resources'],
    ),
    definitions: {
      ...rootDefinitions,
      ...trustDefinitions,
      ...timeDefinitions,
      ...keepDefinition,
      ...resourceDefinitions,
      ...restoreDefinitions,
      ...viaDefinition,
      ...policyDefinitions,
      resource: typed('resource', fragments.resources, resourceProperties),
      target: typed('target', fragments.targets, targetProperties),
      notification: typed('notification', fragments.notifications, notificationProperties),
    },
  };
}

function typedMaps(): Schema {
  return {
    targets: {
      ...mapOf(ref('target'), {
        description: 'Places that hold snapshots.',
        examples: [{ local: { type: 'filesystem', path: '/backups' } }],
      }),
      minProperties: 1,
    },
    resources: {
      ...mapOf(ref('resource'), {
        description: 'Things to protect.',
        examples: [{ uploads: { type: 'files', paths: ['/srv/uploads'] } }],
      }),
      minProperties: 1,
    },
    groups: mapOf(ref('group'), {
      description: 'Resources that are captured behind one barrier, so that they fit together.',
      examples: [{ app: { members: ['calls', 'uploads'] } }],
    }),
    notifications: mapOf(ref('notification'), {
      description: 'Whom to tell about an outcome.',
      examples: [
        { ops: { type: 'webhook', url: 'https://hooks.example.com/backup', on: ['failure', 'recovery'] } },
      ],
    }),
  };
}

/** The enum beside the branches makes an unknown type one error, and completion possible before there is one. */
function typed(kind: string, fragments: readonly Fragment[], shared: Schema): Schema {
  const types = fragments.map((fragment) => fragment.type);
  const tag = { description: `What kind of ${kind} it is.`, examples: types };
  return {
    type: 'object',
    required: ['type'],
    properties: { type: { enum: types, ...tag } },
    discriminator: { propertyName: 'type' },
    oneOf: fragments.map((fragment) => branch(fragment, shared, tag)),
  };
}

function branch({ type, optionsSchema, via }: Fragment, shared: Schema, tag: Schema): Schema {
  const own = object(withNotes(optionsSchema));
  const { restore, ...properties } = object(own['properties']);
  const required = Array.isArray(own['required']) ? (own['required'] as readonly string[]) : [];
  return {
    ...own,
    ...closed(
      {
        type: { const: type, ...tag, examples: [type] },
        ...shared,
        ...properties,
        ...(via === undefined ? {} : { via: ref('via') }),
        ...(restore === undefined ? {} : { restore: restoreSchema(object(restore)) }),
      },
      ['type', ...required],
    ),
  };
}

/** Lets `x-` keys into every closed map of an adapter too. */
function withNotes(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return schema.map((item: JsonValue) => withNotes(item));
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [
    key,
    key === 'examples' ? value : withNotes(value),
  ]);
  const copy = Object.fromEntries(entries) as JsonObject;
  if (copy['additionalProperties'] !== false || copy['properties'] === undefined) return copy;
  return { ...copy, patternProperties: { '^x-': {}, ...object(copy['patternProperties']) } };
}

function object(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
