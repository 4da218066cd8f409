import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMasker } from '../../src/platform/masker.ts';

describe('the masker', () => {
  it('leaves text alone while it knows no secret', () => {
    expect(createMasker().mask('nothing to see')).toBe('nothing to see');
  });

  it.each([
    ['as it is', (secret: string) => secret],
    ['in base64', (secret: string) => Buffer.from(secret).toString('base64')],
    ['in base64 after one byte', (secret: string) => Buffer.from(`u${secret}`).toString('base64').slice(2)],
    ['in base64 after two bytes', (secret: string) => Buffer.from(`u:${secret}`).toString('base64').slice(3)],
    ['in base64 for URLs', (secret: string) => Buffer.from(secret).toString('base64url')],
    ['percent-encoded', (secret: string) => encodeURIComponent(secret)],
    [
      'percent-encoded in lower case',
      (secret: string) => encodeURIComponent(secret).replace(/%../g, (byte) => byte.toLowerCase()),
    ],
    ['as a form value', (secret: string) => encodeURIComponent(secret).replaceAll('%20', '+')],
    [
      'with every byte percent-encoded',
      (secret: string) => Buffer.from(secret).toString('hex').replace(/../g, '%$&'),
    ],
    ['in JSON', (secret: string) => JSON.stringify(secret).slice(1, -1)],
  ])('finds a secret %s', (_form, write) => {
    const masker = createMasker();
    const secret = 'pä$$ "w?rd"/+ \\1.*';
    masker.register(secret);
    const masked = masker.mask(`before ${write(secret)} after`);
    expect(masked).toMatch(/^before \*\*\*\S* after$/);
    expect(masked).not.toContain(write(secret).slice(0, -2));
  });

  it('finds any secret between others', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, unit: 'grapheme' }), (secret) => {
        fc.pre(secret.trim().length >= 4 && !/[<>]/.test(secret));
        const masker = createMasker();
        masker.register(secret);
        expect(masker.mask(`<${secret}>`)).toBe('<***>');
        expect(masker.mask(secret)).toBe('***');
      }),
    );
  });

  it('finds each line of a key, however it is wrapped', () => {
    const masker = createMasker();
    const lines = [
      '-----BEGIN PGP PRIVATE KEY BLOCK-----',
      'lQOYBGVabcdefghijklmnop',
      'QRSTUVWXYZ0123456789abcd',
      '=aBcD',
    ];
    masker.register(lines.join('\n'));
    expect(masker.mask(`> ${lines[1]}\r\n> ${lines[2]}`)).toBe('> ***\r\n> ***');
  });

  it('replaces a secret that contains another one whole', () => {
    const masker = createMasker();
    masker.register('inner');
    masker.register('the inner secret');
    expect(masker.mask('the inner secret, inner')).toBe('***, ***');
  });

  it('ignores what is too short to be a secret', () => {
    const masker = createMasker();
    masker.register('');
    masker.register('abc');
    expect(masker.mask('abc')).toBe('abc');
  });
});
