import type { TargetType } from '../../domain/target.ts';
import { optionsSchema } from './options.ts';
import { createRcloneTarget } from './rclone-target.ts';

export const rclone: TargetType = {
  type: 'rclone',
  optionsSchema,
  remote: true,
  createOnly: false,
  tools: () => [
    { tool: 'rclone', package: 'rclone', purpose: 'reach the stores of rclone targets (1.57 or newer)' },
  ],
  create: createRcloneTarget,
};
