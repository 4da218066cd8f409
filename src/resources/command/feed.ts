import { basename } from 'node:path';
import type { Command } from '../../domain/command.ts';
import { failure } from '../../domain/failure.ts';
import type { ChainLink } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';

/** Gives one artifact to a program on stdin; only an exit code of 0 says that it took it. */
export async function feed(
  link: ChainLink,
  artifact: string,
  command: Command,
): Promise<Result<{ readonly bytes: number }>> {
  const delivered = await link.deliver(artifact, { kind: 'command', command });
  if (!delivered.ok) return delivered;
  const { exitCode, signal, stderr = '' } = delivered.value.sink ?? {};
  if (exitCode === 0) return ok({ bytes: rawBytes(link, artifact) });
  const end = signal === undefined ? `exited ${String(exitCode)}` : `was killed by ${signal}`;
  const rest = stderr === '' ? {} : { toolOutput: stderr };
  const message = `${basename(command.argv[0])} ${end} while it read artifact ${artifact}`;
  return failed(failure('RESTORE_FAILED', message, rest));
}

function rawBytes({ record }: ChainLink, artifact: string): number {
  return record.artifacts.find(({ name }) => name === artifact)?.raw.bytes ?? 0;
}
