import type { TargetType } from '../domain/target.ts';
import { filesystem } from './filesystem/index.ts';
import { rclone } from './rclone/index.ts';
import { sftp } from './sftp/index.ts';

/** Every target type of this release. A new one is its folder and one line here. */
export const targetTypes: readonly TargetType[] = [filesystem, rclone, sftp];
