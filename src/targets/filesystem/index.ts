import type { Target, TargetContext, TargetType } from '../../domain/target.ts';
import { directFiles, realFiles, type FileLayer } from './file-layer.ts';
import { createFilesystemTarget } from './filesystem-target.ts';
import { optionsSchema, readOptions } from './options.ts';

export const filesystem: TargetType = {
  type: 'filesystem',
  optionsSchema,
  streams: true,
  create: (context) => createOn({ ...realFiles, direct: directFiles(context.clock) }, context),
  localFolder: (options, planDirectory) => readOptions(options, planDirectory).path,
};

/** With a file layer of one's own. */
export function createOn(layer: FileLayer, { name, options, planDirectory }: TargetContext): Target {
  return createFilesystemTarget(layer, name, readOptions(options, planDirectory));
}
