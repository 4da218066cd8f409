import type { Tools } from '../../domain/command.ts';
import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Environment } from './connection.ts';
import { toolFailure } from './tool.ts';

/** What a server says about itself. */
export interface ServerFacts {
  /** `15.18 (Debian 15.18-0+deb12u1)`. */
  readonly version: string;
  /** Databases that allow connections and are no templates, by name. */
  readonly databases: readonly string[];
}

const FACTS = `SELECT json_build_object(
  'version', current_setting('server_version'),
  'databases', (SELECT json_agg(datname ORDER BY datname) FROM pg_database WHERE datallowconn AND NOT datistemplate))`;

/** How a query is asked, and what it means where it cannot be. */
export interface Asking {
  readonly tools: Tools;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly otherwise: 'SOURCE_FAILED' | 'RESTORE_FAILED';
}

export function readServerFacts(asking: Asking): Promise<Result<ServerFacts>> {
  return askJson<ServerFacts>(asking, FACTS);
}

/** The one value of a query that gives JSON. */
export async function askJson<T>(asking: Asking, query: string): Promise<Result<T>> {
  const answer = await ask(asking, [query]);
  if (!answer.ok) return answer;
  try {
    return ok(JSON.parse(answer.value) as T);
  } catch {
    return failed(failure('TOOL_OUTPUT', 'psql did not answer in JSON'));
  }
}

/** Statements that run one after another, none of them in a transaction with another; the first error ends them. */
export async function ask(
  { tools, environment, signal, otherwise }: Asking,
  statements: readonly string[],
): Promise<Result<string>> {
  const quiet = ['--no-psqlrc', '--no-password', '--quiet', '--tuples-only', '--no-align'];
  const commands = statements.map((statement) => `--command=${statement}`);
  const run = await tools.run(
    {
      argv: ['psql', ...quiet, '--set=ON_ERROR_STOP=1', ...commands],
      env: { ...environment.env, PGCLIENTENCODING: 'UTF8' },
      secretEnv: environment.secretEnv,
    },
    { signal },
  );
  if (!run.ok) return run;
  if (run.value.exitCode === 0) return ok(run.value.stdout.toString('utf8'));
  return failed(toolFailure(otherwise, 'asking the server', run.value));
}

/** As SQL writes a name. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
