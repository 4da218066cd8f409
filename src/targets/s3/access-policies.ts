import type { JsonObject } from '../../domain/json.ts';
import type { AccessPolicy } from '../../domain/target.ts';
import type { S3Options } from './options.ts';

/** Least rights for each role, in the language of IAM and of bucket policies. */
export function accessPoliciesOf(options: S3Options): readonly AccessPolicy[] {
  const reader = [readObjects(options), listBucket(options), lookAtBucket(options)];
  const writer = [...reader, writeObjects(options), removeAdvisory(options)];
  return [
    policy('reader', 'Restores, verifies and lists; changes nothing.', reader),
    policy(
      'writer',
      'Takes backups; removes nothing but its own leases, intents and unfinished uploads, so it cannot destroy a snapshot where versions are kept.',
      writer,
    ),
    policy(
      'pruner',
      'Removes what retention releases, in every version. Keep it away from the machines that take backups.',
      [...writer, removeObjects(options)],
    ),
  ];
}

type Statement = JsonObject;

function policy(role: AccessPolicy['role'], summary: string, Statement: readonly Statement[]): AccessPolicy {
  return {
    role,
    summary,
    document: `${JSON.stringify({ Version: '2012-10-17', Statement }, undefined, 2)}\n`,
  };
}

function readObjects(options: S3Options): Statement {
  return allow(
    'ReadObjects',
    ['s3:GetObject', 's3:GetObjectRetention', 's3:GetObjectLegalHold', 's3:RestoreObject'],
    [objects(options, '*')],
  );
}

function listBucket(options: S3Options): Statement {
  const { prefix } = options;
  const only =
    prefix === '' ? {} : { Condition: { StringLikeIfExists: { 's3:prefix': [`${prefix}*`, prefix] } } };
  return { ...allow('ListObjects', ['s3:ListBucket', 's3:ListBucketVersions'], [bucket(options)]), ...only };
}

/** What `doctor` reads, and what an upload that goes on needs to find its parts. */
function lookAtBucket(options: S3Options): Statement {
  return allow(
    'LookAtBucket',
    [
      's3:GetBucketVersioning',
      's3:GetBucketObjectLockConfiguration',
      's3:GetLifecycleConfiguration',
      's3:ListBucketMultipartUploads',
    ],
    [bucket(options)],
  );
}

function writeObjects(options: S3Options): Statement {
  const locking = options.objectLock === undefined ? [] : ['s3:PutObjectRetention', 's3:PutObjectLegalHold'];
  const actions = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts', ...locking];
  return allow('WriteObjects', actions, [objects(options, '*')]);
}

/** Advisory objects, which the protocol takes away again, and which nothing depends on. */
function removeAdvisory(options: S3Options): Statement {
  const advisory = ['*/lease/*', '*/intents/*'].map((keys) => objects(options, keys));
  return allow('RemoveAdvisoryObjects', ['s3:DeleteObject', 's3:DeleteObjectVersion'], advisory);
}

function removeObjects(options: S3Options): Statement {
  return allow('RemoveObjects', ['s3:DeleteObject', 's3:DeleteObjectVersion'], [objects(options, '*')]);
}

function allow(Sid: string, Action: readonly string[], Resource: readonly string[]): Statement {
  return { Sid, Effect: 'Allow', Action, Resource };
}

function bucket(options: S3Options): string {
  return `arn:aws:s3:::${options.bucket}`;
}

function objects(options: S3Options, keys: string): string {
  return `${bucket(options)}/${options.prefix}${keys}`;
}
