import { readFile, writeFile } from 'node:fs/promises';
import { generateKey } from '../../bundle/generate-key.ts';
import { failure, type Failure } from '../../domain/failure.ts';
import { parseDuration } from '../../domain/quantity.ts';
import type { Action, Io } from '../action.ts';
import type { KeyGenerateOptions } from '../definitions/key.ts';
import { printFailure, printJson, printLines } from '../print.ts';

export const run: Action<KeyGenerateOptions> = async ([name = ''], options, io) => {
  const expires = options.expires === undefined ? undefined : parseDuration(options.expires);
  if (options.expires !== undefined && expires === undefined) {
    return printFailure(io, failure('USAGE', `"${options.expires}" is no duration such as 730d`), options);
  }
  const passphrase = await readPassphrase(options);
  if (typeof passphrase === 'object') return printFailure(io, passphrase, options);
  const key = await generateKey({
    name,
    kind: options.kind,
    ...(expires === undefined ? {} : { expiresMs: expires }),
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  const refused = await writeKeys(options, key);
  if (refused !== undefined) return printFailure(io, refused, options);
  return say(io, options, key.fingerprint);
};

async function readPassphrase(options: KeyGenerateOptions): Promise<string | Failure | undefined> {
  if (options.passphraseFile === undefined) return undefined;
  try {
    const text = await readFile(options.passphraseFile, 'utf8');
    const [line = ''] = text.split('\n');
    return line === '' ? failure('SECRET_UNREADABLE', `${options.passphraseFile} is empty`) : line;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return failure('SECRET_UNREADABLE', `${options.passphraseFile} cannot be read: ${code}`);
  }
}

async function writeKeys(
  options: KeyGenerateOptions,
  key: { readonly privateKey: string; readonly publicKey: string },
): Promise<Failure | undefined> {
  try {
    await writeFile(options.private, key.privateKey, { flag: 'wx', mode: 0o600 });
    await writeFile(options.public, key.publicKey, { flag: 'wx', mode: 0o644 });
    return undefined;
  } catch (error) {
    const { code = '', path = '' } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'it exists; nothing is overwritten' : code;
    return failure('DESTINATION_REFUSED', `${path} cannot be written: ${why}`);
  }
}

function say(io: Io, options: KeyGenerateOptions, fingerprint: string): number {
  if (options.json === true) {
    const { kind, public: publicFile, private: privateFile } = options;
    printJson(io, { format: 'backup-plan/key-generate@1.0', kind, fingerprint, publicFile, privateFile });
    return 0;
  }
  printLines(io.stdout, [
    fingerprint,
    `wrote ${options.public} (commit it) and ${options.private} (never commit it)`,
    options.kind === 'recipient'
      ? 'Add the public file to encryption.<name>.recipients; bundles written from then on open with it, older ones after `key rewrap`.'
      : 'Add the public file to signing.keys, and the private one to signing.use of the machine that holds it.',
  ]);
  return 0;
}
