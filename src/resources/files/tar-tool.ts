import type { ToolRequirement, Tools } from '../../domain/command.ts';
import { failure } from '../../domain/failure.ts';
import { failed, ok } from '../../domain/result.ts';
import type { Result } from '../../domain/result.ts';

export const tarTool: ToolRequirement = {
  tool: 'tar',
  package: 'tar',
  purpose: 'pack and unpack trees of files (GNU tar 1.29 or newer)',
};

/** Messages are parsed, so they must be English, with every odd byte of a name escaped. */
export const TAR_ENVIRONMENT = { LC_ALL: 'C' };

/** Other implementations lack the flags on which exact restores rest. */
export async function readTarVersion(tools: Tools): Promise<Result<string>> {
  const run = await tools.run({ argv: ['tar', '--version'], env: TAR_ENVIRONMENT });
  if (!run.ok) return run;
  const [, major, minor] = /^tar \(GNU tar\) (\d+)\.(\d+)/.exec(run.value.stdout.toString()) ?? [];
  if (major !== undefined && (Number(major) > 1 || Number(minor) >= 29))
    return ok(`${major}.${String(minor)}`);
  return failed(
    failure('UNSUPPORTED_PLATFORM', 'the tar of this machine is not GNU tar 1.29 or newer', {
      hint: 'Install GNU tar and make it the first tar in PATH.',
    }),
  );
}
