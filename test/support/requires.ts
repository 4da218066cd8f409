import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import packageOfTool from './tools.json' with { type: 'json' };

export type SystemTool = keyof typeof packageOfTool;

/**
 * For `describe.skipIf(lacks('setfacl'))('…')`: true, with the reason printed, where a tool is not
 * installed. On CI a missing tool is an error, so that no suite is skipped there unseen.
 */
export function lacks(...tools: readonly SystemTool[]): boolean {
  const missing = tools.filter((tool) => !isInstalled(tool));
  for (const tool of missing) {
    const reason = `needs ${tool} (Debian package ${packageOfTool[tool]})`;
    if (process.env['CI'] === 'true') throw new Error(reason);
    process.stderr.write(`skipping: ${reason}\n`);
  }
  return missing.length > 0;
}

/** As `lacks`, for what the machine grants instead of what is installed; never an error. */
export function lacksAbility(ability: Ability): boolean {
  const able = probes[ability]();
  if (!able) process.stderr.write(`skipping: this machine does not grant "${ability}"\n`);
  return !able;
}

export type Ability = keyof typeof probes;

const probes = {
  root: () => process.getuid?.() === 0,
  'mount a tmpfs in a private namespace': () =>
    succeeds('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']),
  'attach a loop device': () => succeeds('losetup', ['--find']),
  'mount a vfat image': () =>
    succeeds('losetup', ['--find']) &&
    (/\bvfat\b/.test(readFileSync('/proc/filesystems', 'utf8')) || succeeds('modinfo', ['vfat'])),
};

function isInstalled(tool: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => isExecutable(join(folder, tool)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function succeeds(tool: string, args: readonly string[]): boolean {
  return spawnSync(tool, args, { stdio: 'ignore' }).status === 0;
}
