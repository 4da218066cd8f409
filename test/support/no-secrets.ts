import type { SecretReader } from '../../src/domain/secret.ts';

/** For adapters that must not ask. */
export const noSecrets: SecretReader = {
  read: (name) => Promise.reject(new Error(`secret ${name} was read`)),
};
