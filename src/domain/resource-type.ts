import type { Clock } from './clock.ts';
import type { Command, CommandOutcome, ToolRequirement, Tools } from './command.ts';
import type { Finding } from './diagnostic.ts';
import type { Failure } from './failure.ts';
import type { JsonObject } from './json.ts';
import type { Mode } from './mode.ts';
import type { SourceGuards } from './plan.ts';
import type { PipelineOutcome, PipelineSink, Tap } from './pipeline.ts';
import type { IndexEntry, SnapshotRecord } from './record.ts';
import type { Result } from './result.ts';
import type { SecretReader } from './secret.ts';

/**
 * A kind of thing to protect: one folder under `src/resources`. An adapter says which children
 * produce its artifacts and judges what they did; compression, encryption, hashing, staging,
 * shipping and recording are not its business.
 */
export interface ResourceType {
  readonly type: string;
  /** What `schedule: { mode: … }` may name; the first is meant where a schedule names no mode. */
  readonly modes: readonly [Mode, ...Mode[]];
  /** True where all its tools can run elsewhere; the schema then offers `via`. */
  readonly via?: true;
  /** JSON Schema (draft-07) of the resource's own keys; each with description and examples. */
  readonly optionsSchema: JsonObject;
  /** True where `restore` is offered for these options. */
  restorable(options: JsonObject): boolean;
  /** Lints that need no credentials and touch nothing. */
  check?(options: JsonObject): readonly Finding[];
  /** Tools that must be found before a run touches a target. */
  tools(options: JsonObject, mode: Mode): readonly ToolRequirement[];
  /** Opens one capture. Called once per attempt; `close` is called whatever happens. */
  open(context: CaptureContext): Promise<Result<CaptureSession>>;
  /** Puts a chain back into an empty staging directory. */
  restore?(context: RestoreContext): Promise<Result<RestoreOutcome>>;
  /** How a staged restore replaces the live resource; absent where it cannot. */
  readonly live?: LiveRestore | { readonly kind: 'chosen'; choose(options: JsonObject): LiveRestore };
  /**
   * Whether the source still is what a snapshot holds, without a capture; `unknown` makes the caller
   * capture and compare digests. Absent = `unknown`. Called with the mode and parent of that snapshot.
   */
  compare?(context: CaptureContext & { readonly parent: ParentSnapshot }): Promise<Result<Comparison>>;
  /**
   * Which entries of an index the words of `--only` mean, from its header facts; absent where words
   * are paths, as the index spells them, and mean all that lies at or below them.
   */
  selects?(facts: Readonly<Record<string, unknown>>, only: readonly string[]): (path: string) => boolean;
  /**
   * What a restore would change, path by path, from the index alone; absent where a type cannot tell.
   * Throws IndexUnreadable where the lines do.
   */
  diff?(context: DiffContext): AsyncIterable<PathDifference>;
}

export interface DiffContext extends PlaceContext {
  /** Index lines of the snapshot without line ends, header first, trailer last. */
  readonly lines: AsyncIterable<Buffer>;
  /** Folder of a tree that was restored before; the live resource where absent. */
  readonly root?: string;
}

export interface PathDifference {
  /** As the index spells it. */
  readonly path: string;
  /** `missing`: the snapshot has it, the place does not; `extra`: the other way round. */
  readonly state: 'same' | 'changed' | 'missing' | 'extra';
  /** What differs: `size`, `mode`. */
  readonly what?: string;
}

export type Comparison = 'equal' | 'different' | 'unknown';

/** The way that the options of a resource choose. */
export function liveRestoreOf({ live }: ResourceType, options: JsonObject): LiveRestore | undefined {
  return live?.kind === 'chosen' ? live.choose(options) : live;
}

export type LiveRestore =
  /**
   * Staged paths take the places of live ones by rename; what was there is the safety copy. `place`
   * is called once `restore` has staged everything, and may still merge live data into it.
   */
  | {
      readonly kind: 'paths';
      place(context: PlaceContext): Promise<Result<LivePlaces>>;
      /**
       * Who has the live resource open, as far as that can be seen without touching it; undefined =
       * nobody. To be asked right before the swap, once the hooks had their chance to stop them.
       */
      inUse?(context: PlaceContext): Promise<Result<string | undefined>>;
    }
  /**
   * A tool loads the staged data into something that is running. The safety copy is a snapshot of
   * the live resource, taken and committed before; undo loads that one.
   */
  | {
      readonly kind: 'load';
      load(context: LoadContext): Promise<Result<RestoreOutcome>>;
      /** Why nothing can be loaded with these options; asked before anything is read or saved. */
      refuses?(options: JsonObject): Failure | undefined;
      /**
       * True where a mapping may be from a name to one that nothing has yet (a database): what is
       * mapped is loaded under that, and nothing live is replaced.
       */
      readonly mapsNames?: true;
    };

export interface PlaceContext {
  readonly resource: string;
  readonly options: JsonObject;
  readonly planDirectory: string;
  /** What `restore` staged; absent where only the places are asked for, as for a preview. */
  readonly staging?: string;
  readonly only: readonly string[];
  readonly map?: readonly PathMapping[];
  /** As `restore` was told. A type that gives the staged file what the live one has leaves these alone. */
  readonly owner?: string;
  readonly fileMode?: number;
  /** First index line of the snapshot: its facts name what was captured from where. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Where the parts of a staged tree go. */
export interface LivePlaces {
  readonly places: readonly LivePlace[];
  /** What a person should know before the places are taken. */
  readonly warnings?: readonly string[];
  /** True where the places may hold what no snapshot does: they are never replaced without a safety copy. */
  readonly partial?: boolean;
}

export interface LivePlace {
  /** Relative to the staging directory; absent for a live path that is only moved away (a WAL file). */
  readonly staged?: string;
  /** Absolute, every directory above it resolved. */
  readonly live: string;
  /**
   * The live file that the staged one was merged from: where another one is there by now, the swap
   * is refused with SOURCE_CHANGED, so that no write in between is lost.
   */
  readonly mergedFrom?: { readonly inode: string; readonly ctimeNs: string };
}

export interface LoadContext extends RestoreContext {
  /** Holds what `restore` staged, already proven whole. */
  readonly staging: string;
  /** Run where the resource lives. */
  readonly tools: Tools;
}

export interface CaptureContext {
  readonly resource: string;
  readonly options: JsonObject;
  readonly mode: Mode;
  /** Where relative paths of the plan start. */
  readonly planDirectory: string;
  /** Private 0700 folder, removed afterwards whatever happens. The only place for plaintext. */
  readonly scratch: string;
  /** Present exactly for modes that need one. */
  readonly parent?: ParentSnapshot;
  /** The newest good snapshot of a restore-point mode, for maxDrop. */
  readonly previous?: PreviousFacts;
  readonly guards: SourceGuards;
  /** Run where the resource lives, like the commands of artifacts. */
  readonly tools: Tools;
  readonly secrets: SecretReader;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** True where a retryable failure of this attempt would not be retried. */
  readonly lastAttempt?: boolean;
}

export interface ParentSnapshot {
  readonly record: SnapshotRecord;
  /**
   * Lines of the parent's index without line ends, header first, trailer last. `undefined` from the
   * step means the caller takes a labelled full instead, so an adapter never sees an unreadable one;
   * an iteration that fails midway throws IndexUnreadable.
   */
  readonly lines: AsyncIterable<Buffer>;
}

/** Thrown by `ParentSnapshot.lines` only, and caught by the capture step only. */
export class IndexUnreadable extends Error {
  override readonly name = 'IndexUnreadable';
}

export interface PreviousFacts {
  readonly rawBytes: number;
  readonly entries: number;
}

export interface CaptureSession {
  /** Captured one after another, in this order. */
  readonly artifacts: readonly ArtifactSource[];
  /** Facts for the index header. Names of hosts, databases and roots belong here, not in the record. */
  readonly facts: Readonly<Record<string, unknown>>;
  /**
   * Index entries as JSON lines without line ends, sorted by path bytes. Pulled while the first
   * artifact is captured (a scan may feed both); ends when every entry has been given.
   */
  entries(): AsyncIterable<IndexEntry | Buffer>;
  /** Called once all artifacts have settled: the point in time that the data shows, and last judgements. */
  finish(): Promise<Result<CaptureSummary>>;
  close(): Promise<void>;
}

export interface CaptureSummary {
  readonly consistentAtMs: number;
  readonly warnings: readonly string[];
  /** Lines for the index trailer: tool logs, lists of changed and vanished files. */
  readonly log: readonly string[];
}

export interface ArtifactSource {
  /** `files`, `database`; unique within the snapshot, grammar of a key segment. */
  readonly name: string;
  /** `tar`, `db`, `sql`, `bin`: the object is `<name>.<extension>.zst.gpg`. */
  readonly extension: string;
  readonly mediaType: string;
  readonly source:
    | { readonly kind: 'command'; readonly command: Command; readonly tap?: Tap }
    | { readonly kind: 'file'; readonly path: string };
  /** Judges the source once it has ended: exit code *and* proof. An ok means: these bytes are whole. */
  settle(outcome: ArtifactOutcome): Promise<Result<ArtifactEvidence>>;
}

export interface ArtifactOutcome {
  /** Present for a command source. */
  readonly command?: CommandOutcome;
  /** Present where a tap or a file counted them. */
  readonly rawBytes?: number;
  readonly tail?: Buffer;
}

export interface ArtifactEvidence {
  readonly rawBytes: number;
  readonly rawSha256?: string;
  readonly tool: string;
  readonly toolVersion?: string;
  readonly serverVersion?: string;
  readonly exitCode: number;
  readonly completion: string;
  readonly warnings: readonly string[];
  readonly skipped: readonly string[];
}

export interface RestoreContext {
  readonly resource: string;
  readonly options: JsonObject;
  readonly planDirectory: string;
  /** Existing empty private folder on the destination's file system; renamed into place afterwards. */
  readonly staging: string;
  readonly scratch: string;
  /** Oldest (full) first; the last is the snapshot to restore. */
  readonly chain: readonly [ChainLink, ...ChainLink[]];
  /** Paths to restore, as the index spells them; empty = everything. */
  readonly only: readonly string[];
  /** `user:group`, names or numbers: everything restored belongs to them. */
  readonly owner?: string;
  /** Owners by their numbers, whatever names these have here; by name where the name is known otherwise. */
  readonly numericOwner?: boolean;
  /** Permission bits of every regular file. */
  readonly fileMode?: number;
  readonly map?: readonly PathMapping[];
  readonly tools: Tools;
  readonly secrets: SecretReader;
  readonly signal: AbortSignal;
}

/**
 * What lay at or below the absolute path `from` is restored at or below the absolute path `to`; for a
 * type that maps names, what was called `from` is called `to`.
 */
export interface PathMapping {
  readonly from: string;
  readonly to: string;
}

export function isOfNames({ from }: PathMapping): boolean {
  return !from.startsWith('/');
}

export interface ChainLink {
  readonly record: SnapshotRecord;
  /** Index lines without line ends, header first, trailer last; fails before the first line where it cannot be read. */
  index(): Promise<Result<AsyncIterable<Buffer>>>;
  /**
   * Streams one artifact, decrypted and decompressed, into a sink. Ciphertext is compared with the
   * record's prefix digests before it is decrypted; ok means that digests, MDC, content checksum and
   * raw size were right. The outcome of a command sink is for the caller to judge.
   */
  deliver(artifact: string, sink: PipelineSink): Promise<Result<PipelineOutcome>>;
}

export interface RestoreOutcome {
  readonly entries: number;
  readonly bytes: number;
  readonly warnings: readonly string[];
}
