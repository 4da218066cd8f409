import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Rewrapped } from '../../src/domain/cryptography.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { lacks } from '../support/requires.ts';
import {
  cryptography,
  freshPath,
  makeKey,
  never,
  objectBytes,
  opener,
  seal,
  type Bundle,
  type TestKey,
} from './bundles.ts';

const RAW = Buffer.from('the only copy of something');

describe.skipIf(lacks('gpg', 'zstd')).each(['gpg', 'openpgp'] as const)(
  'key packets for more recipients, of a bundle by %s',
  (engine) => {
    let old: TestKey;
    let added: TestKey;
    let bundle: Bundle;
    let rewrapped: Rewrapped;

    beforeAll(async () => {
      [old, added] = [await makeKey(), await makeKey()];
      bundle = await seal(RAW, { engine, recipients: [old.publicFile] });
      rewrapped = (await rewrap([old, added])) ?? expect.fail('a recipient lacked its packet');
    });

    it('let the new recipient open it, and the old one still', async () => {
      expect(rewrapped.added).toEqual([added.fingerprint]);
      expect(await openWith(added, [rewrapped.packets])).toEqual(RAW);
      expect(await openWith(old, [rewrapped.packets])).toEqual(RAW);
      expect(await openWith(added, [])).toBe('NO_KEY');
    });

    it('are read by stock gpg when they are put before the message', async () => {
      const home = freshPath('home');
      mkdirSync(home, { mode: 0o700 });
      const env = { ...process.env, GNUPGHOME: home };
      execFileSync('gpg', ['--batch', '--quiet', '--import', added.privateFile], { env, stdio: 'pipe' });
      const message = Buffer.concat([rewrapped.packets, bundle.ciphertext]);
      const args = ['--batch', '--quiet', '--decrypt'];
      const compressed = execFileSync('gpg', args, { env, input: message, stdio: 'pipe' });
      expect(execFileSync('zstd', ['-d'], { input: compressed, stdio: 'pipe' })).toEqual(RAW);
      execFileSync('gpgconf', ['--kill', 'all'], { env });
    });

    it('are not made where everybody can open it, in the message or beside it', async () => {
      expect(await rewrap([old])).toBeUndefined();
      expect(await rewrap([old, added], [rewrapped.packets])).toBeUndefined();
    });

    it('can be made by one who got in by such packets', async () => {
      const third = await makeKey();
      const more = await rewrap([old, added, third], [rewrapped.packets], added);
      expect(more?.added).toEqual([third.fingerprint]);
      expect(await openWith(third, [rewrapped.packets, more?.packets ?? Buffer.alloc(0)])).toEqual(RAW);
    });

    it('hurt nobody when they are damaged', async () => {
      for (let position = 0; position < rewrapped.packets.length; position += 1) {
        const damaged = Buffer.from(rewrapped.packets);
        damaged.writeUInt8(damaged.readUInt8(position) ^ 0x10, position);
        expect(await openWith(old, [damaged])).toEqual(RAW);
        const opened = await openWith(added, [damaged, rewrapped.packets]);
        expect(opened, `byte ${String(position)}`).toEqual(RAW);
      }
    }, 60_000);

    it('cannot be made without a key that opens the bundle, or for a recipient that is no good', async () => {
      const stranger = await makeKey();
      const rewrapper = valueOf(await cryptography.rewrapper(sourceOf(stranger)));
      const request = { start: bundle.ciphertext, laterKeys: [] };
      const refused = await rewrapper.rewrap({ ...request, recipients: [added.publicFile] });
      expect(failureIn(refused).code).toBe('NO_KEY');
      const broken = freshPath('broken.asc');
      await writeFile(broken, 'no key at all');
      expect(failureIn(await rewrapper.rewrap({ ...request, recipients: [broken] })).code).toBe(
        'RECIPIENT_UNUSABLE',
      );
    });

    async function rewrap(
      recipients: readonly TestKey[],
      laterKeys: readonly Uint8Array[] = [],
      by = old,
    ): Promise<Rewrapped | undefined> {
      const rewrapper = valueOf(await cryptography.rewrapper(sourceOf(by)));
      const files = recipients.map(({ publicFile }) => publicFile);
      return valueOf(await rewrapper.rewrap({ start: bundle.ciphertext, laterKeys, recipients: files }));
    }

    async function openWith(key: TestKey, laterKeys: readonly Uint8Array[]): Promise<Buffer | string> {
      const chunks: Buffer[] = [];
      const reader = await opener({ files: [key.privateFile] });
      const outcome = await reader.open({
        ciphertext: objectBytes(bundle.ciphertext),
        expected: bundle.expected,
        signal: never,
        laterKeys: () => Promise.resolve(laterKeys),
        sink: {
          kind: 'bytes',
          consume: async (bytes) => {
            for await (const chunk of bytes) chunks.push(Buffer.from(chunk));
            return { ok: true, value: undefined };
          },
        },
      });
      return outcome.ok ? Buffer.concat(chunks) : outcome.failure.code;
    }
  },
);

function sourceOf({ privateFile }: TestKey) {
  return { files: [privateFile], armored: [], keyring: false };
}
