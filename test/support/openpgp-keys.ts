import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createCryptography } from '../../src/bundle/cryptography.ts';
import { generateKey } from '../../src/bundle/generate-key.ts';
import type { Cryptography, Signer, Verifier } from '../../src/domain/cryptography.ts';
import { valueOf } from './results.ts';
import { pipelines, tools } from './plain-snapshot.ts';

/** Real keys in files, and cryptography that uses them. */
export interface Keys {
  readonly folder: string;
  readonly cryptography: Cryptography;
  readonly signer: Signer;
  readonly verifier: Verifier;
  readonly recipientFile: string;
  readonly privateFile: string;
  readonly signerFile: string;
}

export async function createKeys(): Promise<Keys> {
  const folder = await mkdtemp(join(tmpdir(), 'keys-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [recipient, writer] = await Promise.all([
    generateKey({ name: 'Operations', kind: 'recipient' }),
    generateKey({ name: 'Writer', kind: 'signer' }),
  ]);
  const put = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const cryptography = createCryptography({ pipelines, tools, scratchDirectory: folder });
  const signerFile = await put('writer.asc', writer.publicKey);
  return {
    folder,
    cryptography,
    signer: valueOf(await cryptography.signer(writer.privateKey)),
    verifier: valueOf(
      await cryptography.verifier([{ name: 'writer', keyFile: signerFile, may: ['write', 'apply'] }]),
    ),
    recipientFile: await put('operations.asc', recipient.publicKey),
    privateFile: await put('operations.key', recipient.privateKey),
    signerFile,
  };
}
