/** Replaces secrets in text that leaves the process. */
export interface Masker {
  /** From now on every form of `secret` is masked. */
  register(secret: string): void;
  mask(text: string): string;
}

/** Shorter values would turn ordinary words into asterisks and are too weak to protect. */
const SHORTEST = 4;
/** A line of a longer secret that is worth masking alone: keys are re-wrapped by the tools that print them. */
const SHORTEST_LINE = 16;
const MASK = '***';

export function createMasker(): Masker {
  const forms = new Set<string>();
  let pattern: RegExp | undefined;
  return {
    register(secret) {
      const before = forms.size;
      for (const part of partsOf(secret)) for (const form of formsOf(part)) forms.add(form);
      if (forms.size !== before) pattern = undefined;
    },
    mask(text) {
      if (forms.size === 0) return text;
      pattern ??= patternOf(forms);
      return text.replace(pattern, MASK);
    },
  };
}

function partsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  const long = lines.length > 1 ? lines.filter((line) => line.length >= SHORTEST_LINE) : [];
  return [secret, secret.trim(), ...long].filter((part) => part.length >= SHORTEST);
}

function formsOf(part: string): string[] {
  const percent = percentEncoded(part);
  const everyByte = Buffer.from(part).toString('hex').replace(/../g, '%$&');
  return [
    part,
    JSON.stringify(part).slice(1, -1),
    percent,
    percent.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase()),
    percent.replaceAll('%20', '+'),
    everyByte,
    everyByte.toUpperCase(),
    ...base64Forms(part),
  ];
}

function percentEncoded(part: string): string {
  return encodeURIComponent(Buffer.from(part).toString('utf8'));
}

/** Base64 of a text that contains the secret at any offset, without the characters its neighbours share. */
function base64Forms(part: string): string[] {
  const forms: string[] = [];
  for (const offset of [0, 1, 2]) {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(part)]);
    const whole = bytes.toString('base64');
    const first = offset === 0 ? 0 : offset + 1;
    const end = bytes.length % 3 === 0 ? whole.length : Math.floor((bytes.length * 8) / 6);
    const inner = whole.slice(first, end);
    if (inner.length >= SHORTEST) forms.push(inner, inner.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

/** Longest first, so that a form which contains another one is replaced whole. */
function patternOf(forms: ReadonlySet<string>): RegExp {
  const sorted = [...forms].sort((a, b) => b.length - a.length);
  return new RegExp(sorted.map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g');
}
