import type { TargetType } from '../../domain/target.ts';
import { accessPoliciesOf } from './access-policies.ts';
import { readOptions } from './options.ts';
import { optionsSchema } from './options-schema.ts';
import { createS3Target } from './s3-target.ts';
import { safeLifecycleOf } from './safe-lifecycle.ts';

export const s3: TargetType = {
  type: 's3',
  optionsSchema,
  remote: true,
  streams: true,
  storageClasses: true,
  accessPolicies: (options) => accessPoliciesOf(readOptions(options, '/')),
  safeLifecycle: (options) => safeLifecycleOf(readOptions(options, '/')),
  create: (context) => createS3Target(context, readOptions(context.options, context.planDirectory)),
};
