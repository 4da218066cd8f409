import type { TargetType } from '../domain/target.ts';
import { filesystem } from './filesystem/index.ts';
import { rclone } from './rclone/index.ts';
import { s3 } from './s3/index.ts';
import { sftp } from './sftp/index.ts';

/** Every target type of this release. A new one is its folder and one line here. */
export const targetTypes: readonly TargetType[] = [filesystem, rclone, s3, sftp];
