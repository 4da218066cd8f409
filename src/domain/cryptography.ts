import type { PipelineSource } from './pipeline.ts';
import type { EncryptionProfile, Compression, SignerRole } from './plan.ts';
import type { PrefixDigests } from './record.ts';
import type { PipelineOutcome, PipelineSink } from './pipeline.ts';
import type { ObjectBytes, ObjectUpload } from './target.ts';
import type { Result } from './result.ts';

/** Compresses, encrypts, hashes and stages. Implemented in `bundle`. */
export interface Sealer {
  /**
   * source → zstd → OpenPGP → `output`. Fails unless every stage ended cleanly and the message is of
   * the profile in the format documentation; then nothing of it is left. The source's own outcome is
   * returned for its adapter to judge; a rejected one must not be shipped.
   */
  seal(request: SealRequest): Promise<Result<Sealed>>;
}

export interface SealRequest {
  readonly source: PipelineSource;
  readonly output: SealOutput;
  readonly compression: Compression;
  readonly signal: AbortSignal;
  readonly idleTimeoutMs?: number;
  readonly timeoutMs?: number;
  readonly maxSourceBytes?: number;
  /** Niceness of the tools that compress and encrypt. */
  readonly nice?: number;
  /** Ciphertext bytes so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** Where ciphertext goes: to a new file (0600, fsynced), or to a target as an object that is not published yet. */
export type SealOutput =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'upload'; readonly upload: ObjectUpload };

export interface Sealed {
  readonly bytes: number;
  /** Lower-case hex of the whole. */
  readonly sha256: string;
  readonly prefixes: PrefixDigests;
  readonly source: PipelineOutcome;
}

/** Opens bundles. Implemented in `bundle`. */
export interface Opener {
  /**
   * Ciphertext → (digest check piece by piece) → OpenPGP → zstd -d → sink. Fails with CORRUPT or
   * TRUNCATED before a wrong byte enters OpenPGP code, NO_KEY and BAD_PASSPHRASE where they apply.
   */
  open(request: OpenRequest): Promise<Result<PipelineOutcome>>;
}

export interface OpenRequest {
  readonly ciphertext: ObjectBytes;
  readonly expected: {
    readonly bytes: number;
    readonly sha256: string;
    readonly prefixes: PrefixDigests;
    readonly compression: 'zstd' | 'none';
    /** Cap and exact size of the plaintext. */
    readonly rawBytes: number;
  };
  readonly sink: PipelineSink;
  readonly signal: AbortSignal;
  readonly idleTimeoutMs?: number;
  /** Key packets that were made for more recipients later; asked for where none in the message fits. */
  readonly laterKeys?: () => Promise<readonly Uint8Array[]>;
}

/** Lets more recipients open what is encrypted already, without encrypting it again. Implemented in `bundle`. */
export interface Rewrapper {
  /** NO_KEY where no key at hand opens the message; RECIPIENT_UNUSABLE as for new messages. */
  rewrap(request: RewrapRequest): Promise<Result<Rewrapped | undefined>>;
}

export interface RewrapRequest {
  /** The first bytes of the message, with all its key packets. */
  readonly start: Uint8Array;
  /** Key packets that were added before. */
  readonly laterKeys: readonly Uint8Array[];
  /** Public key files of all who shall be able to open it. */
  readonly recipients: readonly string[];
}

export interface Rewrapped {
  /** To be put before the message. */
  readonly packets: Uint8Array;
  /** Fingerprints of the recipients that could not open it before. */
  readonly added: readonly string[];
}

/** Makes sealers and openers for a profile; checks keys. Implemented in `bundle`. */
export interface Cryptography {
  /** Fails with RECIPIENT_UNUSABLE when any recipient is expired, revoked, weak or unable to encrypt. `writerKey`: also encrypt to the writer (indexes). */
  sealer(
    profile: EncryptionProfile,
    extra?: { readonly writerKeys: readonly string[] },
  ): Promise<Result<Sealer>>;
  opener(keys: PrivateKeySource): Promise<Result<Opener>>;
  rewrapper(keys: PrivateKeySource): Promise<Result<Rewrapper>>;
  signer(armoredPrivateKey: string, passphrase?: string): Promise<Result<Signer>>;
  verifier(signers: readonly TrustedSigner[]): Promise<Result<Verifier>>;
  inspect(file: string): Promise<Result<KeyFacts>>;
}

/** Where private keys for opening come from; the first that fits is used. */
export interface PrivateKeySource {
  /** Files given on the command line. */
  readonly files: readonly string[];
  /** Armored keys that secrets of the plan yielded. */
  readonly armored: readonly string[];
  /** Also try the user's own gpg keyring and agent. */
  readonly keyring: boolean;
  readonly passphraseFile?: string;
}

export interface TrustedSigner {
  readonly name: string;
  readonly keyFile: string;
  readonly may: readonly SignerRole[];
  readonly untilMs?: number;
}

/** Signs payload bytes with this machine's key: v4 detached, binary, SHA-512. */
export interface Signer {
  /** Upper-case hex fingerprint of the primary key. */
  readonly fingerprint: string;
  sign(payload: Uint8Array): Promise<Result<Uint8Array>>;
}

export interface Verifier {
  /** True only for a single valid detached signature by the pinned key `fingerprint` that has `role`. */
  verify(
    payload: Uint8Array,
    signature: Uint8Array,
    fingerprint: string,
    role: SignerRole,
  ): Promise<Result<TrustedSigner>>;
}

export interface KeyFacts {
  readonly file: string;
  readonly fingerprint: string;
  readonly userIds: readonly string[];
  readonly algorithm: string;
  readonly created: string;
  /** Earliest moment at which encryption with it stops working. */
  readonly expiresMs?: number;
  readonly canEncrypt: boolean;
  readonly canSign: boolean;
  readonly isPrivate: boolean;
  readonly revoked: boolean;
  /** Why it cannot be a recipient. */
  readonly defect?: string;
}
