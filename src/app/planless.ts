import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, resolve } from 'node:path';
import { USUAL_TARGET_LIMITS, type Plan } from '../domain/plan.ts';

export interface PlanlessRequest {
  /** Folder of a filesystem target, or a file that `export` wrote. */
  readonly target: string;
  /** Public key files of the signers whose records are believed. */
  readonly signers: readonly string[];
  /** Name of the plan whose snapshots are wanted. */
  readonly name: string;
}

/** A plan that only reads one target: for the day the real one is gone. */
export function planlessPlan({ target, signers, name }: PlanlessRequest): Plan {
  const keys = Object.fromEntries(
    signers.map((file) => {
      const signer = basename(file);
      return [signer, { name: signer, key: resolve(file), may: ['write', 'apply', 'prune'] as const }];
    }),
  );
  const targets = {
    target: {
      name: 'target',
      type: isFile(target) ? 'archive' : 'filesystem',
      options: { path: resolve(target) },
      offsite: false,
      prune: 'separate' as const,
      limits: USUAL_TARGET_LIMITS,
    },
  };
  return {
    name,
    timezone: 'UTC',
    labels: {},
    file: '',
    directory: process.cwd(),
    secrets: {},
    encryption: {},
    signing: { keys, use: { env: 'BACKUP_PLAN_SIGNING_KEY' } },
    state: 'target',
    targets,
    resources: {},
    groups: {},
    onFailure: 'continue',
    scratchDirectory: tmpdir(),
    policies: { countSource: false, separate: [] },
    notifications: {},
    digest: '',
    document: {},
  };
}

/** Also behind a link; anything else that exists is a folder or unusable. */
export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
