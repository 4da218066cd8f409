import type { Result } from './result.ts';

/** Resolves declared secrets by name, only when asked. Values are registered for masking. */
export interface SecretReader {
  read(name: string): Promise<Result<string>>;
}
