import { failure } from '../../domain/failure.ts';
import type { ArtifactEvidence, ArtifactOutcome, ArtifactSource } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Capture } from './capture.ts';
import { GLOBALS } from './entries.ts';
import { toolFailure } from './tool.ts';

/** After the mark nothing stands but comments, blank lines and what ends the restricted mode of psql. */
const ENDING = /\n-- PostgreSQL database cluster dump complete\n(?:--[^\n]*\n|\\unrestrict [^\n]*\n|\n)*$/;

const TAIL_BYTES = 4096;

/** Roles with their passwords, memberships and tablespaces, as SQL. */
export function globalsArtifact(
  { environment, options, client, server }: Capture,
  keep: (rawBytes: number) => void,
): ArtifactSource {
  const passwords = options.rolePasswords ? [] : ['--no-role-passwords'];
  return {
    name: GLOBALS,
    extension: 'sql',
    mediaType: 'application/sql',
    source: {
      kind: 'command',
      command: {
        argv: ['pg_dumpall', '--globals-only', '--no-password', ...passwords],
        ...environment,
      },
      tap: { tailBytes: TAIL_BYTES },
    },
    settle(outcome) {
      const judged = judge(outcome, { toolVersion: client, serverVersion: server });
      if (judged.ok) keep(judged.value.rawBytes);
      return Promise.resolve(judged);
    },
  };
}

function judge(
  { command, rawBytes = 0, tail }: ArtifactOutcome,
  versions: Pick<ArtifactEvidence, 'toolVersion' | 'serverVersion'>,
): Result<ArtifactEvidence> {
  if (command?.exitCode !== 0) {
    const outcome = command ?? { stderr: '', durationMs: 0 };
    const why = toolFailure('SOURCE_FAILED', 'the dump of roles and tablespaces', outcome);
    if (!outcome.stderr.includes('pg_authid')) return failed(why);
    const hint = 'Connect as a superuser, or say `rolePasswords: false`, or `globals: false`.';
    return failed({ ...why, hint });
  }
  if (!ENDING.test(tail?.toString('utf8') ?? '')) {
    const message = 'the dump of roles and tablespaces does not end with its completion mark';
    return failed(failure('INCOMPLETE_OUTPUT', message));
  }
  return ok({
    rawBytes,
    tool: 'pg_dumpall',
    ...versions,
    exitCode: 0,
    completion: 'database cluster dump complete',
    warnings: [],
    skipped: [],
  });
}
