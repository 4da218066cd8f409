import type { ListObjectsV2CommandOutput, _Object } from '@aws-sdk/client-s3';
import type { ListedObject } from '../../domain/target.ts';
import { Refusal } from './attempt.ts';
import type { Bucket } from './bucket.ts';
import { archivedOf } from './object-facts.ts';

/** All pages, or a failure: a list that ends early looks as if snapshots were gone. */
export async function listObjects(bucket: Bucket, folder: string): Promise<ListedObject[]> {
  const listed: ListedObject[] = [];
  const Prefix = `${bucket.options.prefix}${folder}`;
  let token: string | undefined;
  do {
    const page = await listPage(bucket, Prefix, token);
    const own = page.Contents?.flatMap((object) => listedOf(bucket, object, page.EncodingType)) ?? [];
    requireProgress(folder, page, token);
    listed.push(...own);
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
  listed.sort((left, right) => compareBytes(left.key, right.key));
  requireOnce(listed);
  return listed;
}

function listPage(
  { options, connection }: Bucket,
  Prefix: string,
  token: string | undefined,
): Promise<ListObjectsV2CommandOutput> {
  return connection.use((s3) =>
    s3.listObjectsV2({
      Bucket: options.bucket,
      Prefix,
      // A name may hold what XML cannot.
      EncodingType: 'url',
      OptionalObjectAttributes: ['RestoreStatus'],
      ...(token === undefined ? {} : { ContinuationToken: token }),
    }),
  );
}

function requireProgress(folder: string, page: ListObjectsV2CommandOutput, token: string | undefined): void {
  if (page.IsTruncated !== true) return;
  const next = page.NextContinuationToken;
  if (next !== undefined && next !== token && (page.Contents?.length ?? 0) > 0) return;
  throw new Refusal(
    'TARGET_IO',
    `listing ${folder}: the store says that there is more and does not say what`,
  );
}

/** A store that serves a page twice could leave out another. */
function requireOnce(listed: readonly ListedObject[]): void {
  const twice = listed.find(({ key }, index) => key === listed[index + 1]?.key);
  if (twice !== undefined) throw new Refusal('TARGET_IO', `the store lists ${twice.key} twice`);
}

function listedOf({ options }: Bucket, object: _Object, encoding: string | undefined): ListedObject[] {
  const { Key = '', Size, LastModified, StorageClass, RestoreStatus } = object;
  const full = encoding === 'url' ? decodeURIComponent(Key.replaceAll('+', '%20')) : Key;
  const key = full.slice(options.prefix.length);
  // The folder itself, as some programs make it.
  if (key === '') return [];
  if (Size === undefined || LastModified === undefined)
    throw new Refusal('TARGET_IO', `the store lists ${key} without its size and time`);
  const restored = RestoreStatus?.RestoreExpiryDate === undefined ? 'none' : 'done';
  const archived = archivedOf(
    StorageClass,
    RestoreStatus?.IsRestoreInProgress === true ? 'under way' : restored,
  );
  return [
    {
      key,
      size: Size,
      modifiedMs: wholeSeconds(LastModified),
      ...(archived === undefined ? {} : { archived }),
    },
  ];
}

/** As HTTP has it in answers about one object; some stores list more digits. */
function wholeSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000) * 1000;
}

function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
