import type { S3, S3ClientConfig } from '@aws-sdk/client-s3';
import { formatDuration } from '../../domain/duration.ts';
import type { TargetContext } from '../../domain/target.ts';
import { Refusal } from './attempt.ts';
import { identityOf } from './credentials.ts';
import type { CredentialOptions, S3Options } from './options.ts';
import { createRequestHandler, type Patience } from './request-handler.ts';
import { hasCode } from './store-failure.ts';

/** Requests of one identity to one store. */
export interface Connection {
  /** Where the store says that the credentials have expired, they are fetched anew, and the request is made once more. */
  use<T>(request: (s3: S3) => Promise<T>): Promise<T>;
  /** How far the store's clock is ahead of ours, by its last answer. */
  clockOffsetMs(): number | undefined;
  close(): void;
}

export interface ConnectionRequest {
  readonly context: TargetContext;
  readonly options: S3Options;
  readonly credentials: CredentialOptions;
  readonly patience: Patience;
}

const EXPIRED = ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'] as const;
/** In quick succession; longer outages are the business of whoever called. */
const ATTEMPTS = 4;

export function createConnection(request: ConnectionRequest): Connection {
  const { clock } = request.context;
  let client: Promise<S3> | undefined;
  let offsetMs: number | undefined;
  const observe = (date: string): void => {
    const storeMs = Date.parse(date);
    if (!Number.isNaN(storeMs)) offsetMs = storeMs - clock.nowMs();
  };
  const current = (): Promise<S3> => {
    const own = (client ??= createClient(request, observe));
    own.catch(() => {
      if (client === own) client = undefined;
    });
    return own;
  };
  const retire = (): void => {
    client?.then(
      (s3) => s3.destroy(),
      () => undefined,
    );
    client = undefined;
  };
  return {
    use: async (send) => {
      const own = current();
      try {
        return await send(await own);
      } catch (error) {
        if (hasCode(error, 'RequestTimeTooSkewed')) throw skewed(offsetMs);
        if (!hasCode(error, ...EXPIRED)) throw error;
        // Others may have had the same answer before us, and have replaced it already.
        if (client === own) retire();
        return send(await current());
      }
    },
    clockOffsetMs: () => offsetMs,
    close: retire,
  };
}

async function createClient(
  { context, options, credentials, patience }: ConnectionRequest,
  observe: (date: string) => void,
): Promise<S3> {
  const [{ S3 }, identity, requestHandler] = await Promise.all([
    import('@aws-sdk/client-s3'),
    identityOf(context.secrets, credentials),
    createRequestHandler(options, patience, observe),
  ]);
  const region = options.region ?? (options.endpoint === undefined ? undefined : 'us-east-1');
  const config: S3ClientConfig = {
    ...identity,
    ...(region === undefined ? {} : { region }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    forcePathStyle: options.pathStyle,
    requestHandler,
    requestChecksumCalculation: options.checksums === 'when_required' ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED',
    // What is read is held against signed digests above.
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: ATTEMPTS,
    retryMode: 'standard',
  };
  return new S3(config);
}

function skewed(offsetMs: number | undefined): Refusal {
  const by =
    offsetMs === undefined
      ? 'far from'
      : `${formatDuration(Math.abs(offsetMs))} ${offsetMs > 0 ? 'behind' : 'ahead of'}`;
  return new Refusal('TARGET_AUTH', `the clock of this machine is ${by} that of the store`, {
    hint: 'Set the clock of this machine, best by NTP.',
    facts: { storeCode: 'RequestTimeTooSkewed', ...(offsetMs === undefined ? {} : { offsetMs }) },
  });
}
