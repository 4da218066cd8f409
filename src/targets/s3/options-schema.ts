import type { JsonObject } from '../../domain/json.ts';
import { DURATION_PATTERN } from '../../domain/quantity.ts';

export const optionsSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['bucket'],
  properties: {
    bucket: {
      type: 'string',
      pattern: '^[a-zA-Z0-9][a-zA-Z0-9._-]{1,62}$',
      description: 'Name of a bucket that exists. It is never created.',
      examples: ['acme-backups'],
    },
    prefix: {
      type: 'string',
      pattern: "^[A-Za-z0-9!_.*'()=@+-]+(/[A-Za-z0-9!_.*'()=@+-]+)*$",
      maxLength: 300,
      description:
        'Where in the bucket everything lies, without a slash at either end. The root where absent.',
      examples: ['primary', 'backups/acme'],
    },
    region: {
      type: 'string',
      pattern: '^[a-z0-9-]+$',
      description:
        'Region of the bucket. Where absent, the one of the environment or the profile; `us-east-1` for an own endpoint.',
      examples: ['eu-central-1'],
    },
    endpoint: {
      type: 'string',
      pattern: '^https?://[^/?#@\\s]+/?$',
      description:
        'Address of a store other than AWS. Google Cloud Storage is `https://storage.googleapis.com`, with an HMAC key as credentials and `checksums: when_required`.',
      examples: ['https://s3.eu-central-1.wasabisys.com', 'https://storage.googleapis.com'],
    },
    pathStyle: {
      type: 'boolean',
      default: false,
      description:
        'True where the bucket is a part of the path and not of the host name, as for Ceph and MinIO.',
      examples: [true],
    },
    allowInsecure: {
      type: 'boolean',
      default: false,
      description:
        'Accepts plain HTTP and certificates that cannot be verified. For tests and private links only.',
      examples: [true],
    },
    caFile: {
      type: 'string',
      minLength: 1,
      description:
        'PEM file of the authorities that the endpoint is verified with, instead of those of Node. A relative path starts at the folder of the plan file.',
      examples: ['keys/store-ca.pem'],
    },
    checksums: {
      type: 'string',
      enum: ['when_supported', 'when_required'],
      default: 'when_supported',
      description:
        'Digests that the store checks: CRC32 headers, or with `when_required` only Content-MD5, for stores that do not know the former.',
      examples: ['when_required'],
    },
    storageClass: {
      type: 'string',
      pattern: '^[A-Z0-9_]+$',
      description:
        'Class of artifacts. Records, indexes and events stay in the standard class, so that the catalog can always be read.',
      examples: ['STANDARD_IA', 'GLACIER_IR', 'DEEP_ARCHIVE'],
    },
    sse: sseSchema(),
    objectLock: objectLockSchema(),
    credentials: credentialsSchema(
      'Who reads and writes: names of secrets, or a profile. Where absent, what the environment, the default profile, a web identity or the machine offers, in this order.',
    ),
    pruneCredentials: credentialsSchema(
      'Who removes objects, where the others may not. Used for nothing else. Give it only on the machine that prunes.',
    ),
  },
};

function sseSchema(): JsonObject {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['type'],
    description: 'Encryption by the store, in addition to ours.',
    examples: [{ type: 'AES256' }, { type: 'aws:kms', keyId: 'alias/backups' }],
    properties: {
      type: {
        type: 'string',
        enum: ['AES256', 'aws:kms'],
        description: 'Keys of the store, or of a key management service.',
        examples: ['AES256'],
      },
      keyId: {
        type: 'string',
        minLength: 1,
        description: 'Key of the key management service; its default one where absent.',
        examples: ['alias/backups'],
      },
    },
  };
}

function objectLockSchema(): JsonObject {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['mode', 'retainFor'],
    description:
      'Keeps what is written from being removed or replaced by anybody. The bucket must have been created with object lock. What the store made of it is read back after each write.',
    examples: [{ mode: 'compliance', retainFor: '30d' }],
    properties: {
      mode: {
        type: 'string',
        enum: ['governance', 'compliance'],
        description:
          'With `governance`, those with a special right can still remove it; with `compliance`, nobody can.',
        examples: ['compliance'],
      },
      retainFor: {
        type: 'string',
        pattern: DURATION_PATTERN,
        description: 'How long from the moment at which an object is written.',
        examples: ['30d'],
      },
      legalHold: {
        type: 'boolean',
        default: false,
        description: 'Also puts a legal hold on each object, which lasts until somebody lifts it.',
        examples: [true],
      },
    },
  };
}

function credentialsSchema(description: string): JsonObject {
  const secret = (what: string, example: string): JsonObject => ({
    type: 'string',
    'x-secret': true,
    description: `Name of the secret under \`secrets\` that holds ${what}.`,
    examples: [example],
  });
  return {
    type: 'object',
    additionalProperties: false,
    description,
    examples: [{ accessKeyId: 's3id', secretAccessKey: 's3key' }, { profile: 'backups' }],
    dependencies: {
      accessKeyId: ['secretAccessKey'],
      secretAccessKey: ['accessKeyId'],
      sessionToken: ['accessKeyId'],
    },
    properties: {
      accessKeyId: secret('the id of the access key', 's3id'),
      secretAccessKey: secret('the access key', 's3key'),
      sessionToken: secret('the session token of temporary credentials', 's3token'),
      profile: {
        type: 'string',
        minLength: 1,
        description: 'Profile of the AWS configuration files of the user.',
        examples: ['backups'],
      },
    },
  };
}
