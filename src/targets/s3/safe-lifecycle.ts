import type { S3Options } from './options.ts';

/** Longer than any upload takes: pruning counts the same days. */
const DAYS = 7;

/** For `aws s3api put-bucket-lifecycle-configuration`. Names no live object. */
export function safeLifecycleOf({ prefix }: S3Options): string {
  const rule = {
    ID: 'abort-incomplete-uploads',
    Status: 'Enabled',
    Filter: { Prefix: prefix },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: DAYS },
  };
  return `${JSON.stringify({ Rules: [rule] }, undefined, 2)}\n`;
}
