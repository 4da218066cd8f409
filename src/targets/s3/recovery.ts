import { at, use, type Bucket } from './bucket.ts';

/** Of an object that others deleted or replaced: which version to go back to, and how. */
export async function recoveryOf(bucket: Bucket, key: string): Promise<string | undefined> {
  const { Bucket, Key } = at(bucket, key);
  const page = await use(bucket, (s3) => s3.listObjectVersions({ Bucket, Prefix: Key }));
  const versions = (page.Versions ?? []).filter((version) => version.Key === Key);
  const marker = page.DeleteMarkers?.find((one) => one.Key === Key && one.IsLatest === true);
  // Objects are never replaced by us, so the oldest one is ours.
  const own = versions.at(-1);
  if (own === undefined) return undefined;
  const version = `version ${own.VersionId ?? 'null'} (${String(own.Size ?? 0)} bytes, ${dateOf(own)})`;
  if (marker !== undefined && versions.length === 1)
    return `Somebody deleted it (${dateOf(marker)}), and the bucket still has ${version}: remove the delete marker ${marker.VersionId ?? 'null'} of ${Key}.`;
  if (marker === undefined && own.IsLatest === true) return undefined;
  return `Somebody replaced it, and the bucket still has ${version} of ${Key}: remove what came after it, delete markers too.`;
}

function dateOf({ LastModified }: { readonly LastModified?: Date | undefined }): string {
  return LastModified?.toISOString() ?? 'of unknown time';
}
