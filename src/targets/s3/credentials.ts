import type { SecretReader } from '../../domain/secret.ts';
import { Refusal } from './attempt.ts';
import type { CredentialOptions } from './options.ts';

export interface Identity {
  readonly profile?: string;
  /** Where absent, the SDK looks at the environment, the profile, a web identity and the machine. */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** Reads the secrets anew at each call, so that what has expired is replaced. */
export async function identityOf(secrets: SecretReader, options: CredentialOptions): Promise<Identity> {
  const { accessKeyId, secretAccessKey, sessionToken, profile } = options;
  const named = profile === undefined ? {} : { profile };
  if (accessKeyId === undefined || secretAccessKey === undefined) return named;
  const read = async (name: string): Promise<string> => {
    const secret = await secrets.read(name);
    if (!secret.ok) throw new Refusal(secret.failure.code, secret.failure.message, secret.failure);
    return secret.value;
  };
  return {
    ...named,
    credentials: {
      accessKeyId: await read(accessKeyId),
      secretAccessKey: await read(secretAccessKey),
      ...(sessionToken === undefined ? {} : { sessionToken: await read(sessionToken) }),
    },
  };
}
