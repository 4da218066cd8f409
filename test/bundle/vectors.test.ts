import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/bundle/engine.ts';
import type { OpenRequest } from '../../src/domain/cryptography.ts';
import { lacks } from '../support/requires.ts';
import { valueOf } from '../support/results.ts';
import { freshPath, open, opener } from './bundles.ts';
import vectors from './fixtures/vectors.json' with { type: 'json' };

const fixtures = path.join(import.meta.dirname, 'fixtures');
const RAW = Array.from({ length: 2000 }, (_, line) => `line ${line} of a stored vector\n`).join('');
const ENGINES: readonly Engine[] = ['gpg', 'openpgp'];
const KEYS = ['curve25519', 'rsa3072', 'locked'];
const cases = vectors.flatMap((vector) =>
  KEYS.flatMap((key) => ENGINES.map((engine) => ({ ...vector, key, engine }))),
);

describe.skipIf(lacks('gpg', 'zstd'))('bundles of earlier releases', () => {
  it.each(cases)('$file opens with the $key key and $engine', async ({ file, key, engine, ...expected }) => {
    const passphraseFile = freshPath('passphrase');
    await writeFile(passphraseFile, 'correct horse', { mode: 0o600 });
    const from = await opener({ files: [path.join(fixtures, `${key}.private.asc`)], passphraseFile }, engine);
    const ciphertext = await readFile(path.join(fixtures, file));
    const opened = await open(from, { ciphertext, expected: expected as OpenRequest['expected'] });
    valueOf(opened.outcome);
    expect(opened.raw.toString()).toBe(RAW);
  });
});
