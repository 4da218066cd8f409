import { readFile, writeFile } from 'node:fs/promises';
import { generateKey as generate, readKey, readPrivateKey, revokeKey } from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { chooseEngine } from '../../src/bundle/engine.ts';
import { generateKey } from '../../src/bundle/generate-key.ts';
import { readHead } from '../../src/bundle/message-head.ts';
import { loadRecipients } from '../../src/bundle/recipients.ts';
import { decryptSmall, encryptSmall } from '../../src/bundle/small.ts';
import type { Tools } from '../../src/domain/command.ts';
import { ok } from '../../src/domain/result.ts';
import { lacks } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { cryptography, freshPath, makeKey, open, opener, seal, tools } from './bundles.ts';
import type { Bundle, TestKey } from './bundles.ts';

const DAY_MS = 86_400_000;
const NAMED = { userIDs: [{ name: 'test' }], format: 'armored' as const };
const CURVE = { type: 'ecc' as const, curve: 'curve25519Legacy' as const, ...NAMED };

async function fileWith(armored: string): Promise<string> {
  const file = freshPath('key.asc');
  await writeFile(file, armored);
  return file;
}

describe('a generated key', () => {
  it('is a version 4 key with a signing primary and an encryption subkey', async () => {
    const made = await generateKey({ name: 'Operations', email: 'ops@example.org', kind: 'signer' });
    const key = await readKey({ armoredKey: made.publicKey });
    expect(made.fingerprint).toMatch(/^[0-9A-F]{40}$/);
    expect(key.keyPacket.version).toBe(4);
    expect([key.getAlgorithmInfo().algorithm, key.subkeys[0]?.getAlgorithmInfo().algorithm]).toEqual([
      'eddsaLegacy',
      'ecdh',
    ]);
    const facts = valueOf(await cryptography.inspect(await fileWith(made.privateKey)));
    expect(facts).toMatchObject({
      fingerprint: made.fingerprint,
      userIds: ['Operations <ops@example.org>'],
      algorithm: 'ecdh curve25519Legacy',
      canEncrypt: true,
      canSign: true,
      isPrivate: true,
      revoked: false,
    });
    expect(facts).not.toHaveProperty('defect');
    expect(facts).not.toHaveProperty('expiresMs');
  });

  it('ends when it was told to', async () => {
    const { publicFile } = await makeKey({ expiresMs: 20 * DAY_MS });
    const facts = valueOf(await cryptography.inspect(publicFile));
    expect(facts.expiresMs).toBe(Date.parse(facts.created) + 20 * DAY_MS);
  });

  it('is locked by its passphrase', async () => {
    const made = await generateKey({ name: 'x', kind: 'recipient', passphrase: 'open sesame' });
    expect((await readPrivateKey({ armoredKey: made.privateKey })).isDecrypted()).toBe(false);
  });
});

describe('a key that cannot be a recipient', () => {
  it.each([
    [
      'expired',
      () => generate({ ...CURVE, date: new Date('2020-01-01'), keyExpirationTime: 86_400 }),
      'expired on 2020-01-02',
    ],
    ['made for signing only', () => generate({ ...CURVE, subkeys: [] }), 'can sign but not encrypt'],
    [
      'of version 6',
      () => generate({ type: 'curve25519', ...NAMED, config: { v6Keys: true } }),
      'is a version 6 key, which GnuPG cannot use',
    ],
    [
      'weak RSA',
      () => generate({ type: 'rsa', rsaBits: 2048, ...NAMED }),
      'is an RSA key of 2048 bits; at least 3072 are needed',
    ],
    [
      'of a curve in the new encoding',
      () => generate({ type: 'curve25519', ...NAMED }),
      /^uses ed25519; RSA of 3072 bits or more/,
    ],
    ['revoked', revoked, 'is revoked'],
  ])('because it is %s is named before anything is read', async (_why, make, defect) => {
    const file = await fileWith((await make()).publicKey);
    expect(valueOf(await cryptography.inspect(file)).defect).toEqual(
      typeof defect === 'string' ? defect : expect.stringMatching(defect),
    );
    const good = await makeKey();
    const sealer = await cryptography.sealer({
      name: 'main',
      recipients: [good.publicFile, file],
      engine: 'auto',
    });
    const reason = failureIn(sealer);
    expect(reason.code).toBe('RECIPIENT_UNUSABLE');
    expect(reason.message).toMatch(new RegExp(`^the key ${file} `));
  });

  it('because its file holds none, several or something else is named', async () => {
    const [one, two] = [await makeKey(), await makeKey()];
    const both = Buffer.concat(
      await Promise.all(
        [one, two].map(async ({ publicFile }) =>
          Buffer.from((await readKey({ armoredKey: await readFile(publicFile, 'utf8') })).write()),
        ),
      ),
    );
    const several = freshPath('several.gpg');
    await writeFile(several, both);
    const text = await fileWith('not a key');
    for (const [file, message] of [
      [several, `${several} holds 2 keys instead of one`],
      [text, `${text} is not an OpenPGP key`],
      ['/no/such/key', 'cannot read the key /no/such/key: no such file or directory'],
      ['ops@example.org', 'cannot read the key ops@example.org: no such file or directory'],
    ] as const) {
      const sealer = await cryptography.sealer({ name: 'main', recipients: [file], engine: 'auto' });
      expect(failureIn(sealer)).toMatchObject({ code: 'RECIPIENT_UNUSABLE', message });
    }
    const none = await cryptography.sealer({ name: 'main', recipients: [], engine: 'auto' });
    expect(failureIn(none).message).toBe('there is no recipient');
  });
});

async function revoked() {
  const { privateKey } = await generate({ ...CURVE, format: 'object' });
  const { publicKey } = await revokeKey({ key: privateKey, format: 'armored' });
  return { publicKey };
}

/** Only tells its version. */
function gpgOf(version: string | undefined): Tools {
  return {
    find: async () => (version === undefined ? undefined : '/usr/bin/gpg'),
    run: async () =>
      ok({
        exitCode: 0,
        stdout: Buffer.from(`gpg (GnuPG) ${version}\nlibgcrypt 1.10\n`),
        stderr: '',
        durationMs: 1,
      }),
  };
}

describe('the engine', () => {
  let plain: string;
  let modern: string;
  beforeAll(async () => {
    plain = (await makeKey()).publicFile;
    modern = await fileWith((await generate({ ...CURVE, config: { aeadProtect: true } })).publicKey);
  });
  const choose = async (choice: 'auto' | 'gpg' | 'openpgp', keys: string[], version?: string) =>
    chooseEngine(choice, valueOf(await loadRecipients(keys)), gpgOf(version));

  it('is gpg where it can be trusted not to use AEAD', async () => {
    expect(valueOf(await choose('auto', [modern], '2.2.40'))).toBe('gpg');
    expect(valueOf(await choose('auto', [modern, plain], '2.4.7'))).toBe('gpg');
    expect(valueOf(await choose('gpg', [plain], '2.5.1'))).toBe('gpg');
  });

  it('is openpgp.js elsewhere', async () => {
    expect(valueOf(await choose('auto', [modern], '2.2.42'))).toBe('openpgp');
    expect(valueOf(await choose('auto', [modern], '2.4.0'))).toBe('openpgp');
    expect(valueOf(await choose('auto', [plain]))).toBe('openpgp');
    expect(valueOf(await choose('openpgp', [plain], '2.2.40'))).toBe('openpgp');
  });

  it('is an error where gpg is asked for and cannot serve', async () => {
    expect(failureIn(await choose('gpg', [modern], '2.4.7'))).toMatchObject({
      code: 'RECIPIENT_UNUSABLE',
      hint: 'Set engine to auto or openpgp.',
    });
    expect(failureIn(await choose('gpg', [plain])).code).toBe('TOOL_MISSING');
  });

  it.skipIf(lacks('gpg', 'zstd')).each(['gpg', 'openpgp'] as const)(
    '%s writes version 1 bodies, even where all announce AEAD',
    async (engine) => {
      const { ciphertext } = await seal(Buffer.alloc(100_000), { engine, recipients: [modern, plain] });
      expect(readHead(ciphertext)).toMatchObject({
        kind: 'head',
        head: { passphrases: 0, keyIds: { length: 2 } },
      });
    },
  );
});

describe.skipIf(lacks('gpg', 'zstd'))('opening with the wrong key', () => {
  let right: TestKey;
  let locked: TestKey;
  let bundle: Bundle;
  beforeAll(async () => {
    [right, locked] = await Promise.all([makeKey(), makeKey({ passphrase: 'correct horse' })]);
    bundle = await seal(Buffer.from('secret'), {
      engine: 'gpg',
      recipients: [right.publicFile, locked.publicFile],
    });
  });
  const passphraseFile = async (text: string) => {
    const file = freshPath('passphrase');
    await writeFile(file, text, { mode: 0o600 });
    return file;
  };

  it('is NO_KEY without any, or with a stranger', async () => {
    const stranger = await makeKey();
    for (const files of [[], [stranger.privateFile]]) {
      const opened = await open(await opener({ files }), bundle);
      expect(failureIn(opened.outcome).code).toBe('NO_KEY');
      expect(opened.raw).toHaveLength(0);
    }
  });

  it('is NO_KEY with a locked one, BAD_PASSPHRASE with the wrong passphrase, and works with the right one', async () => {
    const files = [locked.privateFile];
    expect(failureIn((await open(await opener({ files }), bundle)).outcome)).toMatchObject({
      code: 'NO_KEY',
      hint: 'Pass --passphrase-file FILE with its passphrase.',
    });
    const wrong = await opener({ files, passphraseFile: await passphraseFile('wrong\n') });
    expect(failureIn((await open(wrong, bundle)).outcome).code).toBe('BAD_PASSPHRASE');
    const good = await opener({ files, passphraseFile: await passphraseFile('correct horse\n') });
    expect((await open(good, bundle)).raw.toString()).toBe('secret');
  });

  it('takes the next key where one does not serve', async () => {
    const stranger = await makeKey();
    const opened = await open(
      await opener({ files: [stranger.privateFile, locked.privateFile], armored: [right.armored] }),
      bundle,
    );
    expect(opened.raw.toString()).toBe('secret');
  });

  it('says what is wrong with the files', async () => {
    const asked = (files: string[]) => cryptography.opener({ files, armored: [], keyring: false });
    expect(failureIn(await asked([right.publicFile])).message).toBe(
      `${right.publicFile} holds a public key; the private one is needed`,
    );
    expect(failureIn(await asked(['/no/such/key'])).code).toBe('NO_KEY');
    const missing = {
      files: [right.privateFile],
      armored: [],
      keyring: false,
      passphraseFile: '/no/such/file',
    };
    expect(failureIn(await cryptography.opener(missing)).code).toBe('BAD_PASSPHRASE');
  });

  it('still opens with a key that has expired', async () => {
    const old = await generate({ ...CURVE, date: new Date(Date.now() - 10_000), keyExpirationTime: 12 });
    const file = await fileWith(old.privateKey);
    const made = await seal(Buffer.from('x'), {
      engine: 'openpgp',
      recipients: [await fileWith(old.publicKey)],
    });
    await expect
      .poll(async () => valueOf(await cryptography.inspect(file)).canEncrypt, { timeout: 5_000 })
      .toBe(false);
    expect((await open(await opener({ files: [file] }), made)).raw.toString()).toBe('x');
  });
});

describe.skipIf(lacks('gpg', 'zstd'))("the user's own keyring", () => {
  it('opens where no key is given, through the agent', async () => {
    const [home, key] = [freshPath('home'), await makeKey()];
    await tools.run({ argv: ['mkdir', '-m', '700', home] });
    await tools.run({ argv: ['gpg', '--homedir', home, '--batch', '--import', key.privateFile] });
    const { createCryptography } = await import('../../src/bundle/cryptography.ts');
    const { pipelines, scratchDirectory } = await import('./bundles.ts');
    const asking = createCryptography({
      pipelines,
      tools,
      scratchDirectory,
      environment: { GNUPGHOME: home },
    });
    const bundle = await seal(Buffer.from('mine'), { engine: 'gpg', recipients: [key.publicFile] });
    const source = { files: [], armored: [], keyring: true };
    expect((await open(valueOf(await asking.opener(source)), bundle)).raw.toString()).toBe('mine');
    const foreign = await seal(Buffer.from('theirs'), {
      engine: 'gpg',
      recipients: [(await makeKey()).publicFile],
    });
    expect(failureIn((await open(valueOf(await asking.opener(source)), foreign)).outcome).code).toBe(
      'NO_KEY',
    );
    await tools.run({ argv: ['gpgconf', '--homedir', home, '--kill', 'all'] });
  });
});

describe('small things', () => {
  it('are encrypted to files and armored keys, and opened by either', async () => {
    const [one, two] = [await makeKey(), await makeKey()];
    const sealed = valueOf(await encryptSmall(Buffer.from('state'), [one.publicFile, two.armored]));
    for (const key of [one, two]) {
      const opened = await decryptSmall(sealed, { files: [], armored: [key.armored], keyring: false });
      expect(valueOf(opened).toString()).toBe('state');
    }
  });

  it('fail as bundles do', async () => {
    const [one, stranger] = [await makeKey(), await makeKey()];
    const sealed = valueOf(await encryptSmall(Buffer.from('state'), [one.publicFile]));
    const source = (key: TestKey) => ({ files: [key.privateFile], armored: [], keyring: false });
    expect(failureIn(await decryptSmall(sealed, source(stranger))).code).toBe('NO_KEY');
    sealed[sealed.length - 1]! ^= 1;
    expect(failureIn(await decryptSmall(sealed, source(one))).code).toBe('CORRUPT');
    expect(failureIn(await decryptSmall(Buffer.from('rubbish'), source(one))).code).toBe('CORRUPT');
    expect(failureIn(await encryptSmall(Buffer.from('x'), [])).code).toBe('RECIPIENT_UNUSABLE');
  });
});
