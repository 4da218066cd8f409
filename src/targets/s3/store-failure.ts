import { failure, type Failure, type FailureCode } from '../../domain/failure.ts';
import { CERTIFICATE_WORDS, certificateHint, isCertificateCode } from './certificate-words.ts';

/** What is known of an error of the SDK, of Node's network or of TLS. */
export interface StoreError {
  /** The store's own code, as `NoSuchKey`; of Node where no answer came, as `ECONNRESET`. */
  readonly code: string;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  readonly message: string;
}

/** Undefined for what neither a store nor a network says. */
export function storeErrorOf(error: unknown): StoreError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { $metadata, Code, code, errno } = error as Error & SdkFields;
  const status = $metadata?.httpStatusCode;
  if (typeof Code === 'string') return known(Code, status, error);
  // A HEAD has no body: all that is known is its status, in the name.
  if (status !== undefined) return known(error.name, status, error);
  if (NAMES.has(error.name)) return known(error.name, undefined, error);
  if (
    typeof code === 'string' &&
    (errno !== undefined || code in NODE_CODES || isCertificateCode(code) || /^(ERR_SSL|HPE)_/.test(code))
  )
    return known(code, undefined, error);
  if (error.message === 'aborted' || error.message === 'socket hang up')
    return known('ECONNRESET', undefined, error);
  return error.message === 'Region is missing' ? known('RegionMissing', undefined, error) : undefined;
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  const code = storeErrorOf(error)?.code;
  return code !== undefined && codes.includes(code);
}

export function storeFailure(error: unknown, doing: string): Failure | undefined {
  const found = storeErrorOf(error);
  if (found === undefined) return undefined;
  const { code, status } = found;
  const facts = { facts: { storeCode: code, ...(status === undefined ? {} : { status }) } };
  if (code === 'AbortError') return failure('INTERRUPTED', `${doing} was interrupted`, facts);
  const hint = HINTS[code] ?? certificateHint(code);
  return failure(codeOf(found), `${doing}: ${WORDS[code] ?? wordsOf(found)}`, {
    ...facts,
    ...(hint === undefined ? {} : { hint }),
  });
}

function codeOf({ code, status }: StoreError): FailureCode {
  if (isCertificateCode(code)) return 'TARGET_UNTRUSTED';
  return STORE_CODES[code] ?? NODE_CODES[code] ?? codeOfStatus(status) ?? 'TARGET_IO';
}

interface SdkFields {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly Code?: unknown;
  readonly code?: unknown;
  readonly errno?: unknown;
}

const NAMES = new Set([
  'AbortError',
  'TimeoutError',
  'CredentialsProviderError',
  'TokenProviderError',
  'ProviderError',
]);

const STORE_CODES: Readonly<Record<string, FailureCode>> = {
  AccessDenied: 'TARGET_DENIED',
  AllAccessDisabled: 'TARGET_DENIED',
  AccountProblem: 'TARGET_DENIED',
  Forbidden: 'TARGET_DENIED',
  MethodNotAllowed: 'TARGET_DENIED',
  InvalidRequest: 'TARGET_DENIED',
  InvalidArgument: 'TARGET_DENIED',
  InvalidStorageClass: 'TARGET_DENIED',
  NotImplemented: 'TARGET_DENIED',
  InvalidAccessKeyId: 'TARGET_AUTH',
  SignatureDoesNotMatch: 'TARGET_AUTH',
  ExpiredToken: 'TARGET_AUTH',
  ExpiredTokenException: 'TARGET_AUTH',
  InvalidToken: 'TARGET_AUTH',
  TokenRefreshRequired: 'TARGET_AUTH',
  RequestTimeTooSkewed: 'TARGET_AUTH',
  RequestExpired: 'TARGET_AUTH',
  AuthorizationHeaderMalformed: 'TARGET_AUTH',
  CredentialsProviderError: 'TARGET_AUTH',
  TokenProviderError: 'TARGET_AUTH',
  ProviderError: 'TARGET_AUTH',
  InvalidObjectState: 'ARCHIVED',
  NoSuchBucket: 'TARGET_UNREACHABLE',
  PermanentRedirect: 'TARGET_UNREACHABLE',
  TemporaryRedirect: 'TARGET_UNREACHABLE',
  RegionMissing: 'TARGET_UNREACHABLE',
  QuotaExceeded: 'TARGET_FULL',
  InsufficientStorage: 'TARGET_FULL',
  XMinioStorageFull: 'TARGET_FULL',
  EntityTooLarge: 'TARGET_FULL',
  ServiceQuotaExceeded: 'TARGET_FULL',
  BadDigest: 'TARGET_IO',
  XAmzContentSHA256Mismatch: 'TARGET_IO',
  RequestTimeout: 'TARGET_TIMEOUT',
  TimeoutError: 'TARGET_TIMEOUT',
};

const NODE_CODES: Readonly<Record<string, FailureCode>> = {
  ECONNREFUSED: 'TARGET_UNREACHABLE',
  ECONNRESET: 'TARGET_UNREACHABLE',
  EPIPE: 'TARGET_UNREACHABLE',
  ENOTFOUND: 'TARGET_UNREACHABLE',
  EAI_AGAIN: 'TARGET_UNREACHABLE',
  EHOSTUNREACH: 'TARGET_UNREACHABLE',
  ENETUNREACH: 'TARGET_UNREACHABLE',
  ERR_STREAM_PREMATURE_CLOSE: 'TARGET_UNREACHABLE',
  EPROTO: 'TARGET_UNREACHABLE',
  ETIMEDOUT: 'TARGET_TIMEOUT',
  ENOENT: 'TARGET_UNREACHABLE',
  EACCES: 'TARGET_DENIED',
};

const WORDS: Readonly<Record<string, string>> = {
  NoSuchBucket: 'the bucket does not exist',
  AccessDenied: 'the store denies it to these credentials',
  Forbidden: 'the store denies it to these credentials',
  '403': 'the store denies it to these credentials',
  InvalidAccessKeyId: 'the store does not know the access key',
  SignatureDoesNotMatch: 'the secret access key does not fit the access key',
  ExpiredToken: 'the session token has expired',
  CredentialsProviderError: 'there are no credentials',
  InvalidObjectState: 'it is archived',
  SlowDown: 'the store asks for fewer requests',
  PermanentRedirect: 'the bucket is in another region',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  ENOTFOUND: 'the name of the endpoint is unknown',
  TimeoutError: 'no answer in time',
  QuotaExceeded: 'the quota is used up',
  RegionMissing: 'no region is known',
  EPROTO: 'no TLS can be agreed on with the endpoint',
  ...CERTIFICATE_WORDS,
};

const HINTS: Readonly<Record<string, string>> = {
  NoSuchBucket: 'Create the bucket, or correct its name. Buckets are never created by backup-plan.',
  CredentialsProviderError:
    'Name secrets or a profile under `credentials`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  PermanentRedirect: 'Set `region` to the region of the bucket.',
  RegionMissing: 'Set `region` in the target.',
  AccessDenied: 'Compare the rights of the credentials with `backup-plan doctor --iam`.',
  NotImplemented: 'For a store that does not know checksum headers, set `checksums: when_required`.',
};

/** 4xx that repeat alike are refusals; what the server cannot do now is a place that cannot be reached now. */
function codeOfStatus(status: number | undefined): FailureCode | undefined {
  if (status === undefined) return undefined;
  if (status === 401 || status === 403) return 'TARGET_DENIED';
  if (status === 507) return 'TARGET_FULL';
  if (status === 408) return 'TARGET_TIMEOUT';
  if (status === 429 || status >= 500) return 'TARGET_UNREACHABLE';
  return undefined;
}

function known(code: string, status: number | undefined, { message }: Error): StoreError {
  return { code, message, ...(status === undefined ? {} : { status }) };
}

/** Of the store's own words only the code: its messages may repeat what was sent. */
function wordsOf({ code, status }: StoreError): string {
  return status === undefined ? code : `the store answers ${String(status)} ${code}`;
}
