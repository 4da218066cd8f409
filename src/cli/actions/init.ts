import { homedir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { generateKey } from '../../bundle/generate-key.ts';
import { init, type InitReport } from '../../commands/init.ts';
import type { Action, Io } from '../action.ts';
import type { InitOptions } from '../definitions/init.ts';
import { printFailure, printJson, printLines } from '../print.ts';

export const run: Action<InitOptions> = async (args, options, io) => {
  const directory = resolve(io.cwd, args[0] ?? '.');
  const name = options.name ?? nameFrom(directory);
  const keyDirectory = resolve(io.cwd, options.keys ?? join(homedir(), '.config', 'backup-plan', name));
  const report = await init({
    directory,
    name,
    keyDirectory,
    example: options.example === true,
    generateKey,
  });
  if (!report.ok) return printFailure(io, report.failure, options);
  if (options.json === true) printJson(io, { format: 'backup-plan/init@1.0', ...report.value });
  else printLines(io.stdout, describe(report.value, io));
  return 0;
};

function nameFrom(directory: string): string {
  const name = basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'backups' : name;
}

function describe({ plan, keys, files }: InitReport, io: Io): readonly string[] {
  const show = (path: string): string => (path.startsWith(io.cwd) ? relative(io.cwd, path) : path);
  return [
    ...files.map((file) => `wrote ${show(file)}`),
    'wrote public keys, to be committed:',
    ...keys.map((key) => `  ${show(key.publicFile)}`),
    'wrote private keys, never to be committed:',
    ...keys.map((key) => `  ${key.privateFile}`),
    '',
    'Next:',
    '  1. Move escrow.key to a medium that stays offline, and remove it here. It opens',
    '     every backup when this machine and the operations key are lost.',
    '  2. Keep a copy of operations.key where those who restore can reach it.',
    `  3. Edit ${show(plan)}, then run`,
    '     backup-plan validate && backup-plan plan && backup-plan apply --yes',
  ];
}
