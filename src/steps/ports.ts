import type { Repository } from '../catalog/repository.ts';
import type { Clock, Timers } from '../domain/clock.ts';
import type { Tools } from '../domain/command.ts';
import type { Cryptography, Opener, Signer, Verifier } from '../domain/cryptography.ts';
import type { Failure } from '../domain/failure.ts';
import type { Plan } from '../domain/plan.ts';
import type { PruneOutcome } from '../domain/prune-report.ts';
import type { ResourceType } from '../domain/resource-type.ts';
import type { Result } from '../domain/result.ts';
import type { SecretReader } from '../domain/secret.ts';
import type { Catalog } from '../domain/snapshot.ts';
import type { Bandwidth } from '../transfer/bandwidth.ts';
import type { OpenUploads } from './open-uploads.ts';

export interface PrivateDirectory {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes a 0700 folder below `parent` that is removed after the run, also after a kill. */
export type MakePrivateDirectory = (parent: string, prefix: string) => Promise<Result<PrivateDirectory>>;

/** What the steps of one run share. Everything is open and checked before the first step starts. */
export interface RunContext {
  readonly plan: Plan;
  readonly runId: string;
  readonly catalog: Catalog;
  /** By target name; a target that could not be opened is absent. */
  readonly repositories: ReadonlyMap<string, Repository>;
  /** Why the absent ones are absent. */
  readonly refused: ReadonlyMap<string, Failure>;
  readonly resourceTypes: ReadonlyMap<string, ResourceType>;
  readonly cryptography: Cryptography;
  readonly signer: Signer;
  /** Name of the signer, as the plan calls it. */
  readonly writer: string;
  /** Who may delete; absent where this machine may not, and then no step does. */
  readonly pruner?: { readonly signer: Signer; readonly name: string };
  /** Told of every step that prunes, once per attempt. */
  readonly onPruned?: (outcome: PruneOutcome) => void;
  readonly verifier: Verifier;
  /** Opens what was encrypted to this machine's writer key: parent indexes. */
  readonly writerOpener: Opener;
  /** Public key files of every signer that may write: indexes are encrypted to them too. */
  readonly writerKeys: readonly string[];
  readonly tools: Tools;
  /** Of this process; children get next to nothing of it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly secrets: SecretReader;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly makePrivateDirectory: MakePrivateDirectory;
  readonly facts: RunFacts;
  /** By resource, where its uploads have a limit of their own. */
  readonly bandwidths: ReadonlyMap<string, Bandwidth>;
  /** Of captures that go straight to a target. */
  readonly uploads: OpenUploads;
}

/** What every record of a run repeats. */
export interface RunFacts {
  readonly toolVersion: string;
  readonly gitCommit?: string;
  readonly os: string;
  readonly arch: string;
}
