import type { Tools } from '../domain/command.ts';
import type { Cryptography } from '../domain/cryptography.ts';
import type { Pipelines } from '../domain/pipeline.ts';
import { ok } from '../domain/result.ts';
import type { Environment } from './keyring.ts';

export interface CryptographySettings {
  readonly pipelines: Pipelines;
  readonly tools: Tools;
  /** For the private homes of gpg; no plaintext goes there. */
  readonly scratchDirectory: string;
  /** How the user's own gpg finds its home; without it no keyring is asked. */
  readonly environment?: Environment;
}

/** The OpenPGP library is loaded by the first call that needs it: most commands need none of it. */
export function createCryptography(settings: CryptographySettings): Cryptography {
  const { tools, environment } = settings;
  return {
    async sealer({ recipients: files, engine: choice }, { writerKeys } = { writerKeys: [] }) {
      const { loadRecipients } = await import('./recipients.ts');
      const recipients = await loadRecipients([...files, ...writerKeys]);
      if (!recipients.ok) return recipients;
      const { chooseEngine } = await import('./engine.ts');
      const engine = await chooseEngine(choice, recipients.value, tools);
      if (!engine.ok) return engine;
      const { createSealer } = await import('./seal.ts');
      return ok(createSealer({ ...settings, engine: engine.value, recipients: recipients.value }));
    },
    async opener(keys) {
      const { createSessionKeys } = await import('./session-key.ts');
      const sessionKeys = await createSessionKeys(
        keys,
        environment === undefined ? undefined : { tools, environment },
      );
      if (!sessionKeys.ok) return sessionKeys;
      const { createOpener } = await import('./open.ts');
      return ok(createOpener({ ...settings, sessionKeys: sessionKeys.value }));
    },
    async rewrapper(keys) {
      const { createSessionKeys } = await import('./session-key.ts');
      const sessionKeys = await createSessionKeys(
        keys,
        environment === undefined ? undefined : { tools, environment },
      );
      if (!sessionKeys.ok) return sessionKeys;
      const { createRewrapper } = await import('./rewrap.ts');
      return ok(createRewrapper(sessionKeys.value));
    },
    signer: async (armoredPrivateKey, passphrase) =>
      (await import('./sign.ts')).createSigner(armoredPrivateKey, passphrase),
    verifier: async (signers) => (await import('./verify.ts')).createVerifier(signers),
    inspect: async (file) => (await import('./key-facts.ts')).inspectKey(file),
  };
}
