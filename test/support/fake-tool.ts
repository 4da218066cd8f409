import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';

/**
 * Real executables that a test controls while they run, so that tests of concurrency, time limits
 * and killing need no sleeps. Every run of such a tool connects to the test over a UNIX socket,
 * says what it was given (argv, environment, directory) and then does only what it is told:
 *
 *     await using tools = await createFakeTools(['tar', 'zstd']);
 *     const done = runSomethingWith({ PATH: `${tools.binDirectory}:${process.env.PATH}` });
 *     const tar = await tools.started('tar');   // its next run; tar.argv, tar.env, tar.cwd
 *     await tar.stdout('half of the archive');  // settles once the bytes are in the pipe
 *     await tar.trap('SIGTERM');                // from now on SIGTERM is only reported
 *     await tar.trapped('SIGTERM');             // settles when one has come
 *     tar.exit(2);                              // or tar.die('SIGSEGV')
 *     await tar.ended;                          // however it ended
 *
 * A tool that gets no orders waits for ever, which is what a hanging tool does. When the test ends,
 * or dies, every tool that still runs is killed; `close` kills the grandchildren too.
 */
export interface FakeTools extends AsyncDisposable {
  /** To be put in front of PATH, or to take absolute paths from. */
  readonly binDirectory: string;
  /** The next run of this tool that has not been asked for yet; waits for it. */
  started(tool: string): Promise<FakeToolRun>;
  /** Runs that have started and have not been asked for. */
  unclaimed(): readonly string[];
  close(): Promise<void>;
}

export interface FakeToolRun {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Settles when the program has ended, in whatever way. */
  readonly ended: Promise<void>;
  /** Writes `bytes` so many times; rejects with the error code (EPIPE) where it cannot. */
  stdout(bytes: string | Uint8Array, times?: number): Promise<void>;
  stderr(bytes: string | Uint8Array, times?: number): Promise<void>;
  closeStdout(): Promise<void>;
  /** Reads stdin to its end. */
  readStdin(): Promise<StreamDigest>;
  /** As `readStdin`, and writes everything to stdout: a filter that changes nothing. */
  copy(): Promise<StreamDigest>;
  /** Starts a child that sleeps and keeps all of the tool's files open; returns its pid. */
  grandchild(): Promise<number>;
  /** Takes the signal and stays alive. */
  trap(signal: NodeJS.Signals): Promise<void>;
  trapped(signal: NodeJS.Signals): Promise<void>;
  exit(code: number): void;
  die(signal: NodeJS.Signals): void;
}

export interface StreamDigest {
  readonly bytes: number;
  readonly sha256: string;
}

interface Hello extends Pick<FakeToolRun, 'pid' | 'argv' | 'env' | 'cwd'> {
  readonly tool: string;
}

export async function createFakeTools(names: readonly string[]): Promise<FakeTools> {
  const directory = await mkdtemp(join(tmpdir(), 'fake-tools-'));
  const binDirectory = join(directory, 'bin');
  await mkdir(binDirectory);
  await installPrograms(binDirectory, names);
  const desk = createDesk();
  const sockets = new Set<Socket>();
  const grandchildren = new Set<number>();
  const server = createServer((socket) => {
    sockets.add(socket);
    void greet(socket, grandchildren).then(desk.arrive);
  });
  server.listen(join(directory, 'socket'));
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    await shutDown(server, sockets);
    for (const pid of grandchildren) killIfAlive(pid);
    await rm(directory, { recursive: true, force: true });
  };
  return {
    binDirectory,
    started: desk.claim,
    unclaimed: desk.unclaimed,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function installPrograms(binDirectory: string, names: readonly string[]): Promise<void> {
  const source = await readFile(join(import.meta.dirname, 'fake-tool-program.cjs'), 'utf8');
  const original = join(binDirectory, '..', 'program');
  await writeFile(original, `#!${process.execPath}\n${source}`, { mode: 0o755 });
  for (const name of names) await copyFile(original, join(binDirectory, name));
}

async function shutDown(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  if (server.listening) await new Promise((resolve) => server.close(resolve));
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

type Arrival = readonly [tool: string, run: FakeToolRun];

/** Matches runs that started with tests that wait for them. */
function createDesk(): {
  arrive: (arrival: Arrival) => void;
  claim: (tool: string) => Promise<FakeToolRun>;
  unclaimed: () => readonly string[];
} {
  const arrivals: Arrival[] = [];
  const waiting: { tool: string; resolve: (run: FakeToolRun) => void }[] = [];
  return {
    arrive([tool, run]) {
      const position = waiting.findIndex((claim) => claim.tool === tool);
      if (position >= 0) waiting.splice(position, 1)[0]?.resolve(run);
      else arrivals.push([tool, run]);
    },
    async claim(tool) {
      const position = arrivals.findIndex(([name]) => name === tool);
      const [arrival] = position >= 0 ? arrivals.splice(position, 1) : [];
      return arrival?.[1] ?? new Promise((resolve) => waiting.push({ tool, resolve }));
    },
    unclaimed: () => arrivals.map(([tool]) => tool),
  };
}

async function greet(socket: Socket, grandchildren: Set<number>): Promise<Arrival> {
  const lines = createInterface({ input: socket });
  // A tool that is killed may reset the connection, which readline reports once more.
  for (const emitter of [socket, lines]) emitter.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const [line] = (await once(lines, 'line')) as [string];
  const { tool, ...hello } = JSON.parse(line) as Hello;
  const talk = converse(socket, lines, ended);
  const grandchild = async (): Promise<number> => {
    const pid = await talk.ask<number>('grandchild');
    grandchildren.add(pid);
    return pid;
  };
  return [tool, { ...hello, ended, ...orders(talk), grandchild, trapped: talk.trapped }];
}

interface Conversation {
  readonly tell: (request: string, rest?: object) => number;
  readonly ask: <T>(request: string, rest?: object) => Promise<T>;
  readonly trapped: (signal: string) => Promise<void>;
}

interface Deferred {
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

function converse(socket: Socket, lines: Interface, ended: Promise<void>): Conversation {
  const answers = new Map<number | string, Deferred>();
  lines.on('line', (text) => {
    const { id = '', value, error, trapped } = JSON.parse(text) as Message;
    const answer = deferredAt(answers, trapped ?? id);
    if (error === undefined) answer.resolve(value);
    else answer.reject(new Error(error));
  });
  void ended.then(() => {
    for (const answer of answers.values()) answer.reject(new Error('the tool has ended'));
  });
  let lastId = 0;
  const tell: Conversation['tell'] = (request, rest) => {
    lastId += 1;
    socket.write(`${JSON.stringify({ id: lastId, request, ...rest })}\n`);
    return lastId;
  };
  return {
    tell,
    ask: <T>(request: string, rest?: object) =>
      deferredAt(answers, tell(request, rest)).promise as Promise<T>,
    trapped: (signal) => deferredAt(answers, signal).promise as Promise<void>,
  };
}

interface Message {
  readonly id?: number;
  readonly value?: unknown;
  readonly error?: string;
  readonly trapped?: string;
}

function deferredAt(answers: Map<number | string, Deferred>, key: number | string): Deferred {
  const known = answers.get(key);
  if (known !== undefined) return known;
  let settle!: Omit<Deferred, 'promise'>;
  const promise = new Promise<unknown>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // A test may order something that it does not wait for.
  promise.catch(() => undefined);
  const created = { promise, ...settle };
  answers.set(key, created);
  return created;
}

type Orders = Omit<FakeToolRun, keyof Omit<Hello, 'tool'> | 'ended' | 'trapped' | 'grandchild'>;

function orders({ ask, tell }: Conversation): Orders {
  const write =
    (fd: number) =>
    async (bytes: string | Uint8Array, times = 1) => {
      await ask('write', { fd, times, base64: Buffer.from(bytes).toString('base64') });
    };
  return {
    stdout: write(1),
    stderr: write(2),
    closeStdout: () => ask('close', { fd: 1 }),
    readStdin: () => ask('readStdin'),
    copy: () => ask('copy'),
    trap: (signal) => ask('trap', { signal }),
    exit: (code) => {
      tell('exit', { code });
    },
    die: (signal) => {
      tell('die', { signal });
    },
  };
}
