import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_RECORD_BYTES, openEnvelope, sealEnvelope } from '../../src/catalog/envelope.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { createTestSigner, createTestVerifier } from '../support/signing-double.ts';

const signer = createTestSigner();
const verifier = createTestVerifier([signer]);

interface Parts {
  payload: string;
  signatures: { fingerprint: string; signature: string }[];
}

async function sealed(payload: unknown): Promise<Parts> {
  return JSON.parse(valueOf(await sealEnvelope(signer, payload)).toString()) as Parts;
}

async function signedText(text: string | Buffer): Promise<Parts> {
  const payload = Buffer.from(text);
  const signature = Buffer.from(valueOf(await signer.sign(payload))).toString('base64');
  return {
    payload: payload.toString('base64'),
    signatures: [{ fingerprint: signer.fingerprint, signature }],
  };
}

const open = (parts: unknown) => openEnvelope(verifier, Buffer.from(JSON.stringify(parts)), 'write');

async function refusal(bytes: Uint8Array): Promise<string> {
  const { code, message } = failureIn(await openEnvelope(verifier, bytes, 'write'));
  expect(code).toBe('RECORD_REJECTED');
  return message;
}

describe('an envelope', () => {
  it('gives back what was put in', async () => {
    const json = fc
      .jsonValue({ maxDepth: 5 })
      .filter((value) => !JSON.stringify(value).includes('__proto__'));
    await fc.assert(
      fc.asyncProperty(json, async (payload) => {
        const opened = valueOf(
          await openEnvelope(verifier, valueOf(await sealEnvelope(signer, payload)), 'write'),
        );
        expect(opened.payload).toEqual(JSON.parse(JSON.stringify(payload)));
        expect(opened.signer).toBe(signer.fingerprint);
        expect(opened.payloadSha256).toMatch(/^[0-9a-f]{64}$/);
      }),
    );
  });

  it('is refused after any change of any byte', async () => {
    const bytes = valueOf(await sealEnvelope(signer, { type: 'x', value: 1 }));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ flip;
        await refusal(changed);
      }),
    );
  });

  it('is refused when cut anywhere', async () => {
    const bytes = valueOf(await sealEnvelope(signer, { type: 'x' }));
    for (let length = 0; length < bytes.length; length += 1) await refusal(bytes.subarray(0, length));
  });

  it.each(['\n', ' ', '{}', '\0', '='])('is refused with %j behind it', async (tail) => {
    const bytes = valueOf(await sealEnvelope(signer, { type: 'x' }));
    await refusal(Buffer.concat([bytes, Buffer.from(tail)]));
  });

  it('has one spelling only', async () => {
    const parts = await sealed({ type: 'x' });
    await refusal(Buffer.from(JSON.stringify(parts, undefined, 1)));
    await refusal(
      Buffer.from(JSON.stringify({ signatures: parts.signatures, payload: parts.payload, more: 1 })),
    );
    await refusal(Buffer.from(JSON.stringify(parts).replace('"payload"', '"payload":"","payload"')));
    await refusal(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(JSON.stringify(parts))]));
  });

  it('takes canonical base64 only', async () => {
    const parts = await sealed({ t: 1 });
    const spellings = [
      ` ${parts.payload}`,
      parts.payload.replace(/=*$/, ''),
      `${parts.payload}=`,
      parts.payload.replaceAll('+', '-'),
      `${parts.payload}\n`,
    ];
    for (const payload of spellings.filter((spelling) => spelling !== parts.payload)) {
      expect(failureIn(await open({ ...parts, payload })).message).toContain('base64');
    }
    const [first] = parts.signatures;
    const signatures = [{ ...first, signature: `${first?.signature ?? ''}\n` }];
    expect(failureIn(await open({ ...parts, signatures })).message).toContain('base64');
  });
});

describe('signatures', () => {
  it('must all be valid', async () => {
    const parts = await sealed({ t: 1 });
    const [good] = parts.signatures;
    const bad = { fingerprint: signer.fingerprint, signature: Buffer.alloc(64).toString('base64') };
    expect(failureIn(await open({ ...parts, signatures: [good, bad] })).code).toBe('RECORD_REJECTED');
    expect((await open({ ...parts, signatures: [good, good] })).ok).toBe(true);
  });

  it('must exist, and not be many', async () => {
    const parts = await sealed({ t: 1 });
    expect(failureIn(await open({ ...parts, signatures: [] })).message).toContain('not signed');
    expect(
      failureIn(await open({ ...parts, signatures: Array.from({ length: 5 }, () => parts.signatures[0]) }))
        .message,
    ).toContain('too long');
  });

  it('count only of pinned signers with the role', async () => {
    const stranger = createTestSigner();
    const foreign = valueOf(await sealEnvelope(stranger, { t: 1 }));
    expect(await refusal(foreign)).toContain('not pinned');
    const writerOnly = createTestVerifier([signer], ['write']);
    const bytes = valueOf(await sealEnvelope(signer, { t: 1 }));
    expect((await openEnvelope(writerOnly, bytes, 'write')).ok).toBe(true);
    expect(failureIn(await openEnvelope(writerOnly, bytes, 'apply')).code).toBe('RECORD_REJECTED');
  });

  it('cover the payload as JSON of one meaning', async () => {
    expect(failureIn(await open(await signedText('{"a":1,"a":2}'))).message).toContain('spelling');
    expect(failureIn(await open(await signedText('{"__proto__":{"admin":true}}'))).message).toContain(
      'forbidden',
    );
    expect(failureIn(await open(await signedText('{"\\u005f_proto__":1}'))).message).toContain('spelling');
    expect(failureIn(await open(await signedText('{"a":1} '))).message).toContain('spelling');
    expect(failureIn(await open(await signedText(''))).message).toContain('JSON');
    expect(failureIn(await open(await signedText(Buffer.from([0x22, 0xff, 0x22])))).message).toContain(
      'UTF-8',
    );
  });
});

describe('size and depth', () => {
  it('nesting of 100,000 levels is refused without recursion', async () => {
    expect(
      failureIn(await open(await signedText('['.repeat(100_000) + ']'.repeat(100_000)))).message,
    ).toContain('deeply');
    expect(await refusal(Buffer.from('['.repeat(100_000)))).toContain('deeply');
  });

  it('brackets inside strings are no nesting', async () => {
    const payload = { text: '[{"\\'.repeat(1000) };
    expect(
      valueOf(await openEnvelope(verifier, valueOf(await sealEnvelope(signer, payload)), 'write')).payload,
    ).toEqual(payload);
  });

  it('more than 4 MiB is neither read nor written', async () => {
    expect(await refusal(Buffer.alloc(MAX_RECORD_BYTES + 1))).toContain('4 MiB');
    expect(failureIn(await sealEnvelope(signer, 'x'.repeat(MAX_RECORD_BYTES))).code).toBe('SIZE_LIMIT');
  });
});
