import { failure } from '../../domain/failure.ts';
import type { Finding } from '../../domain/diagnostic.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { NotificationContext } from '../../domain/notification.ts';
import { DURATION_PATTERN, parseDuration } from '../../domain/quantity.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import { refuseAddress } from './address-rules.ts';

/** Where a message goes; the whole URL may be a secret. */
export interface Endpoint {
  readonly url: URL;
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/** Keys that every receiver over HTTP has. */
export const endpointProperties: JsonObject = {
  url: {
    type: 'string',
    pattern: '^https?://[^\\s]+$',
    description:
      'Address of the receiver. Where the address itself is confidential, use `urlSecret`. Give exactly one of them.',
    examples: ['https://hooks.example.com/backups'],
  },
  urlSecret: {
    type: 'string',
    'x-secret': true,
    description: 'Name of the secret that holds the address of the receiver.',
    examples: ['hook'],
  },
  allowPrivate: {
    type: 'boolean',
    default: false,
    description:
      'Also connect to loopback and private addresses, and over plain http. Link-local addresses stay refused.',
    examples: [true],
  },
  timeout: {
    type: 'string',
    pattern: DURATION_PATTERN,
    default: '10s',
    description: 'How long the whole delivery may take, from the look-up of the name to the answer.',
    examples: ['10s'],
  },
};

export function checkEndpoint(options: JsonObject): readonly Finding[] {
  const { url, urlSecret } = options;
  if ((url === undefined) === (urlSecret === undefined)) {
    const message =
      url === undefined ? 'one of url and urlSecret is required' : 'url and urlSecret exclude each other';
    return [
      finding(
        message,
        url === undefined ? [] : ['url'],
        'Give `url` for a public address, `urlSecret` for a confidential one.',
      ),
    ];
  }
  if (typeof url !== 'string') return [];
  const flaw = findFlaw(url, options['allowPrivate'] === true);
  return flaw === undefined ? [] : [finding(flaw.message, ['url'], flaw.help)];
}

function finding(message: string, path: readonly string[], help: string): Finding {
  return { code: 'BP1190', severity: 'error', message, path, help };
}

interface EndpointOptions {
  readonly url?: string;
  readonly urlSecret?: string;
  readonly allowPrivate?: boolean;
  readonly timeout?: string;
}

export async function readEndpoint(context: NotificationContext): Promise<Result<Endpoint>> {
  const { url = '', urlSecret, allowPrivate = false, timeout = '' } = context.options as EndpointOptions;
  const address = urlSecret === undefined ? ok(url) : await context.secrets.read(urlSecret);
  if (!address.ok) return address;
  const text = address.value.trim();
  const flaw = findFlaw(text, allowPrivate);
  if (flaw !== undefined) {
    return failed(failure('NOTIFICATION_FAILED', flaw.message, { hint: flaw.help }));
  }
  return ok({ url: new URL(text), allowPrivate, timeoutMs: parseDuration(timeout) ?? DEFAULT_TIMEOUT_MS });
}

interface Flaw {
  readonly message: string;
  readonly help: string;
}

/** Says nothing that the address contains: it may be a secret. */
function findFlaw(address: string, allowPrivate: boolean): Flaw | undefined {
  if (!URL.canParse(address))
    return { message: 'the address is not a URL', help: 'Write it as https://HOST/PATH.' };
  const { protocol, username, password, hostname } = new URL(address);
  if (protocol !== 'https:' && !(protocol === 'http:' && allowPrivate)) {
    return {
      message: 'the address is not an https one',
      help: 'Use https, or set allowPrivate for a receiver in your own network.',
    };
  }
  if (username !== '' || password !== '') {
    return {
      message: 'the address contains credentials',
      help: 'Put them into a header that takes a secret.',
    };
  }
  const literal = addressLiteral(hostname);
  const refusal = literal === undefined ? undefined : refuseAddress(literal, allowPrivate);
  if (refusal === undefined) return undefined;
  return {
    message: `the address ${refusal}`,
    help: 'Use a public receiver, or set allowPrivate for one in your own network.',
  };
}

/** The URL parser has already turned 2130706433, 0x7f.1 and the like into dotted form. */
function addressLiteral(hostname: string): string | undefined {
  if (hostname.startsWith('[')) return hostname.slice(1, -1);
  return /^[0-9.]+$/.test(hostname) ? hostname : undefined;
}
