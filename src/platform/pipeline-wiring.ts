import { constants, openSync, writeSync } from 'node:fs';
import { failure } from '../domain/failure.ts';
import type { PipelineRequest } from '../domain/pipeline.ts';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import { readyCommand } from './child.ts';
import type { Descriptor, ReadyCommand } from './child.ts';
import { createDescriptors } from './descriptors.ts';
import type { Descriptors } from './descriptors.ts';
import { errnoOf, failureFromErrno } from '../domain/errno.ts';
import { takeFifo } from './fifo.ts';
import { regularBytes } from './regular-bytes.ts';
import { createMasker } from './masker.ts';
import type { Masker } from './masker.ts';
import { collectTail, tailBuffer } from './output-tail.ts';
import type { OutputTail, TailBuffer } from './output-tail.ts';
import type { Control } from './pipeline-control.ts';
import { countSink, countSource, tapped } from './pipeline-counting.ts';
import { openReader, openWriter } from './pipe-end.ts';
import type { PipeWriter } from './pipe-end.ts';

/** A child that is ready to start, with every descriptor it gets. */
export interface Part {
  readonly name: string;
  readonly ready: ReadyCommand;
  readonly descriptors: readonly Descriptor[];
  /** Those of them that this process must close once the child has them. */
  readonly pipes: readonly number[];
  readonly stderr: OutputTail;
  readonly status?: OutputTail;
  /** Node's end of its stdin, where Node feeds it. */
  readonly feeder?: { readonly writer: PipeWriter; readonly bytes: AsyncIterable<Uint8Array> };
  /** What /proc shows for its output. */
  readonly outputLabel?: string;
}

export interface Wiring {
  readonly parts: readonly Part[];
  readonly descriptors: Descriptors;
  /** What is left for Node to take to the sink. */
  readonly rest?: AsyncIterable<Buffer>;
  /** An open sink file. */
  readonly sinkFd?: number;
  /** An open source file. */
  readonly sourceFd?: number;
  /** Ends of pipes that Node reads; destroyed when the pipeline fails. */
  readonly readers: readonly { destroy(): void }[];
  readonly tail: () => Buffer | undefined;
}

export interface WiringContext {
  readonly request: PipelineRequest;
  readonly control: Control;
  readonly masker: Masker;
  readonly directory: string;
}

/** Where the next part's bytes come from: a descriptor to inherit, or Node. */
type Feed =
  | { readonly kind: 'none' }
  | { readonly kind: 'fd'; readonly fd: number; readonly regular: boolean }
  | { readonly kind: 'node'; readonly bytes: AsyncIterable<Buffer> };

const STDERR_BYTES = 65_536;
const STATUS_BYTES = 1_048_576;

interface Builder extends WiringContext {
  readonly descriptors: Descriptors;
  readonly parts: Part[];
  readonly readers: { destroy(): void }[];
  feed: Feed;
  sourceFd?: number;
  sinkFd?: number;
  tail?: TailBuffer;
}

/** Finds the tools, opens the files, makes the pipes. Nothing has been started when it fails. */
export async function wire(context: WiringContext): Promise<Result<Wiring>> {
  const planned = await planParts(context.request);
  if (!planned.ok) return planned;
  const builder: Builder = {
    ...context,
    descriptors: createDescriptors(),
    parts: [],
    readers: [],
    feed: { kind: 'none' },
  };
  const files = openFiles(builder);
  if (!files.ok) {
    builder.descriptors.closeAll();
    return files;
  }
  for (const part of planned.value) await wirePart(builder, part, part === planned.value.at(-1));
  const rest = builder.feed.kind === 'none' ? undefined : countSink(builder, toNode(builder, builder.feed));
  return ok({
    parts: builder.parts,
    descriptors: builder.descriptors,
    readers: builder.readers,
    tail: () => builder.tail?.bytes(),
    ...(rest === undefined ? {} : { rest }),
    ...(builder.sinkFd === undefined ? {} : { sinkFd: builder.sinkFd }),
    ...(builder.sourceFd === undefined ? {} : { sourceFd: builder.sourceFd }),
  });
}

interface PlannedPart {
  readonly role: 'source' | 'stage' | 'sink';
  readonly name: string;
  readonly ready: ReadyCommand;
  readonly statusFd?: number;
  readonly secretInput?: { readonly fd: number; readonly text: string };
}

async function planParts({ source, stages, sink }: PipelineRequest): Promise<Result<PlannedPart[]>> {
  const wanted = [
    ...(source.kind === 'command'
      ? [{ role: 'source' as const, name: source.command.argv[0], command: source.command }]
      : []),
    ...stages.map((stage) => ({ role: 'stage' as const, ...stage })),
    ...(sink.kind === 'command'
      ? [{ role: 'sink' as const, name: sink.command.argv[0], command: sink.command }]
      : []),
  ];
  const planned: PlannedPart[] = [];
  for (const { command, ...rest } of wanted) {
    const ready = await readyCommand(command);
    if (!ready.ok) return ready;
    planned.push({ ...rest, ready: ready.value });
  }
  return ok(planned);
}

function openFiles(builder: Builder): Result<void> {
  const { source, sink } = builder.request;
  if (source.kind === 'bytes') builder.feed = { kind: 'node', bytes: countSource(builder, source.bytes) };
  try {
    if (source.kind === 'file') {
      const fd = builder.descriptors.own(openSync(source.path, constants.O_RDONLY | constants.O_NOFOLLOW));
      builder.sourceFd = fd;
      builder.feed = { kind: 'fd', fd, regular: true };
    }
    if (sink.kind === 'file') {
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
      builder.sinkFd = builder.descriptors.own(openSync(sink.path, flags, 0o600));
    }
    return ok();
  } catch (error) {
    const path =
      builder.sourceFd === undefined && source.kind === 'file'
        ? source.path
        : sink.kind === 'file'
          ? sink.path
          : '';
    if (errnoOf(error) === 'ENOENT')
      return failed(failure('NOT_FOUND', `cannot open ${path}: no such file or directory`));
    return failed(failureFromErrno(error, `cannot open ${path}`));
  }
}

async function wirePart(builder: Builder, part: PlannedPart, isLast: boolean): Promise<void> {
  const { control, descriptors, request } = builder;
  const masker = maskerFor(builder.masker, part);
  const inherited: Descriptor[] = [];
  const onBytes = (count: number) => {
    control.moves += count;
  };
  if (part.role === 'sink' && request.sink.kind === 'command' && request.sink.tap !== undefined) {
    builder.feed = {
      kind: 'node',
      bytes: countSink(builder, tapped(toNode(builder, builder.feed), request.sink.tap)),
    };
  }
  const feeder = await wireInput(builder, part, inherited);

  const errors = await pipe(builder);
  inherited[2] = errors.write;
  const maxBytes = part.ready.command.stderrBytes ?? STDERR_BYTES;
  const stderr = collectTail(descriptors.give(errors.read), { masker, maxBytes, onBytes });
  const outputLabel = await wireOutput(builder, part, { inherited, isLast });

  let status: OutputTail | undefined;
  if (part.statusFd !== undefined) {
    const lines = await pipe(builder);
    inherited[part.statusFd] = lines.write;
    status = collectTail(descriptors.give(lines.read), { masker, maxBytes: STATUS_BYTES, onBytes });
  }
  if (part.secretInput !== undefined) await wireSecret(builder, part.secretInput, inherited);
  builder.parts.push({
    name: part.name,
    ready: part.ready,
    pipes: inherited.filter(
      (fd) => typeof fd === 'number' && fd !== builder.sourceFd && fd !== builder.sinkFd,
    ) as number[],
    descriptors: Array.from(inherited, (descriptor: Descriptor | undefined) => descriptor ?? 'ignore'),
    stderr,
    ...(status === undefined ? {} : { status }),
    ...(feeder === undefined ? {} : { feeder }),
    ...(outputLabel === undefined ? {} : { outputLabel }),
  });
}

async function wireInput(
  builder: Builder,
  part: PlannedPart,
  inherited: Descriptor[],
): Promise<Part['feeder']> {
  const own = part.role === 'source' ? part.ready.command.stdin : undefined;
  const { feed } = builder;
  const bytes = own ?? (feed.kind === 'node' ? feed.bytes : undefined);
  if (bytes === undefined) {
    inherited[0] = feed.kind === 'fd' ? feed.fd : 'ignore';
    return undefined;
  }
  const input = await pipe(builder);
  inherited[0] = input.read;
  const writer = openWriter(builder.descriptors.give(input.write), (count) => {
    builder.control.moves += count;
  });
  return { writer, bytes };
}

/** Sets stdout and what the next part will read. Returns the label of the pipe. */
async function wireOutput(
  builder: Builder,
  part: PlannedPart,
  { inherited, isLast }: { inherited: Descriptor[]; isLast: boolean },
): Promise<string | undefined> {
  const { source } = builder.request;
  builder.feed = { kind: 'none' };
  const tap = part.role === 'source' && source.kind === 'command' ? source.tap : undefined;
  if (part.role === 'sink') {
    inherited[1] = inherited[2] ?? 'ignore';
    return undefined;
  }
  if (isLast && builder.sinkFd !== undefined && tap === undefined) {
    inherited[1] = builder.sinkFd;
    return undefined;
  }
  const output = await pipe(builder);
  inherited[1] = output.write;
  builder.feed = { kind: 'fd', fd: output.read, regular: false };
  if (tap !== undefined) {
    builder.tail = tailBuffer(tap.tailBytes);
    const bytes = tapped(toNode(builder, builder.feed), tap, builder.tail);
    builder.feed = { kind: 'node', bytes: countSource(builder, bytes) };
  }
  return output.label;
}

/** Secrets of the environment are masked for good, a secret input in the output of its child. */
function maskerFor(masker: Masker, { ready, secretInput }: PlannedPart): Pick<Masker, 'mask'> {
  for (const value of Object.values(ready.command.secretEnv ?? {})) masker.register(value);
  if (secretInput === undefined) return masker;
  const own = createMasker();
  own.register(secretInput.text);
  return { mask: (text) => own.mask(masker.mask(text)) };
}

/** The text fits into the pipe's buffer, so it can be written before the child exists. */
async function wireSecret(
  builder: Builder,
  secret: { fd: number; text: string },
  inherited: Descriptor[],
): Promise<void> {
  const input = await pipe(builder);
  writeSync(input.write, secret.text);
  builder.descriptors.close(input.write);
  inherited[secret.fd] = input.read;
}

async function pipe(builder: Builder) {
  const fifo = await takeFifo(builder.directory);
  builder.descriptors.own(fifo.read);
  builder.descriptors.own(fifo.write);
  return fifo;
}

function toNode(builder: Builder, feed: Feed): AsyncIterable<Buffer> {
  if (feed.kind === 'none') throw new Error('nothing to read');
  if (feed.kind === 'node') return feed.bytes;
  if (feed.regular) return regularBytes(feed.fd);
  const reader = openReader(builder.descriptors.give(feed.fd));
  builder.readers.push(reader);
  return reader;
}
