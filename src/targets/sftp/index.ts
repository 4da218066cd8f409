import type { Target, TargetContext, TargetType } from '../../domain/target.ts';
import { PATIENCE, type Patience } from './connect.ts';
import { checkOptions, optionsSchema, readOptions } from './options.ts';
import { createSftpTarget } from './sftp-target.ts';

export const sftp: TargetType = {
  type: 'sftp',
  remote: true,
  streams: true,
  optionsSchema,
  check: checkOptions,
  create: (context) => createWith(PATIENCE, context),
};

/** With a patience of one's own. */
export function createWith(patience: Patience, context: TargetContext): Target {
  return createSftpTarget(context, readOptions(context.options, context.planDirectory), patience);
}
