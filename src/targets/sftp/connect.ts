import { Socket } from 'node:net';
import type { Client, ConnectConfig, SFTPWrapper } from 'ssh2';
import type { FailureCode } from '../../domain/failure.ts';
import type { TargetContext } from '../../domain/target.ts';
import { createChannel, type Channel } from './channel.ts';
import { readCredentials } from './credentials.ts';
import { gatherWrites } from './gather-writes.ts';
import { fingerprintOf, hostKeyAlgorithms, isPinned } from './host-key.ts';
import type { SftpOptions } from './options.ts';
import { ConnectionLost, Refusal } from './refusal.ts';

/** One SSH connection, on which several SFTP sessions may run. */
export interface Connection {
  openChannel(): Promise<Channel>;
  isLost(): boolean;
  end(): void;
}

/** How long the other side may be silent before it is given up. */
export interface Patience {
  /** From the first packet to the end of the login. */
  readonly handshakeMs: number;
  /** Between signs of life that are asked for, and how many may stay out. */
  readonly keepaliveMs: number;
  readonly keepalives: number;
  /** While requests wait and the connection lives. */
  readonly silenceMs: number;
}

/** A slow line may have megabytes before the answer to a sign of life. */
export const PATIENCE: Patience = {
  handshakeMs: 30_000,
  keepaliveMs: 20_000,
  keepalives: 6,
  silenceMs: 120_000,
};

export interface ConnectionSetup {
  readonly options: SftpOptions;
  readonly context: TargetContext;
  readonly patience: Patience;
}

export async function connect(setup: ConnectionSetup): Promise<Connection> {
  const [{ default: ssh2 }, credentials] = await Promise.all([
    import('ssh2'),
    readCredentials(setup.options.login, setup.context),
  ]);
  const client = new ssh2.Client();
  const state = follow(client, setup);
  const { promise, resolve, reject } = state.ready;
  client.once('ready', resolve);
  if (credentials.password !== undefined) answerDialogue(client, credentials.password);
  const socket = new Socket();
  try {
    socket.connect({ host: setup.options.host, port: setup.options.port, noDelay: true });
    gatherWrites(socket);
    client.connect({ ...configOf(setup, state), ...credentials, sock: socket });
  } catch (error) {
    socket.destroy();
    reject(unusable(error));
  }
  await promise;
  return connectionOf(client, setup, state);
}

interface Following {
  readonly ready: { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void };
  /** What the server showed, where that is not what the plan pins. */
  refused: string | undefined;
  lost: ConnectionLost | undefined;
}

function follow(client: Client, { options }: ConnectionSetup): Following {
  const state: Following = { ready: deferred(), refused: undefined, lost: undefined };
  const place = `${options.host} port ${String(options.port)}`;
  const lose = (error: ConnectionLost): void => {
    state.lost ??= error;
    state.ready.reject(state.lost);
    client.destroy();
  };
  client.on('error', (error) => {
    lose(lostBy(error, place, state.refused));
  });
  client.on('close', () => {
    lose(new ConnectionLost('TARGET_UNREACHABLE', `the connection to ${place} was lost`));
  });
  return state;
}

function configOf({ options, patience }: ConnectionSetup, state: Following): ConnectConfig {
  return {
    username: options.user,
    readyTimeout: patience.handshakeMs,
    keepaliveInterval: patience.keepaliveMs,
    keepaliveCountMax: patience.keepalives,
    algorithms: {
      serverHostKey: hostKeyAlgorithms(options.hostKeys) as never,
      compress: ['none'],
    },
    hostVerifier: (blob: Buffer) => {
      if (isPinned(options.hostKeys, blob)) return true;
      state.refused = fingerprintOf(blob);
      return false;
    },
  };
}

function connectionOf(client: Client, setup: ConnectionSetup, state: Following): Connection {
  const gone = (): ConnectionLost =>
    state.lost ?? new ConnectionLost('TARGET_UNREACHABLE', 'the server ended the SFTP session');
  const onSilence = (): void => {
    state.lost ??= new ConnectionLost('TARGET_TIMEOUT', 'the server takes requests and answers none');
    client.destroy();
  };
  return {
    openChannel: async () => {
      if (state.lost !== undefined) throw state.lost;
      const sftp = await openSftp(client, gone);
      const { clock, timers } = setup.context;
      return createChannel(sftp, {
        clock,
        timers,
        reason: gone,
        onSilence,
        silenceMs: setup.patience.silenceMs,
      });
    },
    isLost: () => state.lost !== undefined,
    end: () => {
      client.end();
    },
  };
}

function openSftp(client: Client, gone: () => ConnectionLost): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    const lost = (): void => {
      reject(gone());
    };
    client.once('close', lost);
    client.sftp((error, sftp) => {
      client.removeListener('close', lost);
      if (error)
        reject(
          new ConnectionLost('TARGET_UNREACHABLE', `the server offers no SFTP session: ${error.message}`),
        );
      else resolve(sftp);
    });
  });
}

/** One hidden question is one for the password; what else a server may ask is not answered. */
function answerDialogue(client: Client, password: string): void {
  client.on('keyboard-interactive', (...[, , , prompts, finish]) => {
    finish(prompts.length === 1 && prompts[0]?.echo !== true ? [password] : prompts.map(() => ''));
  });
}

const LEVELS: Readonly<Record<string, FailureCode>> = {
  'client-authentication': 'TARGET_AUTH',
  agent: 'TARGET_AUTH',
  'client-timeout': 'TARGET_TIMEOUT',
};

function lostBy(
  error: Error & { readonly level?: string; readonly code?: unknown },
  place: string,
  refused: string | undefined,
): ConnectionLost {
  if (refused !== undefined) {
    const hint = 'If the key was changed on purpose, take the new one from the administrator into hostKey.';
    return new ConnectionLost(
      'TARGET_UNTRUSTED',
      `${place} shows a host key that the plan does not pin: ${refused}`,
      hint,
    );
  }
  if (error.code === 'ETIMEDOUT') return new ConnectionLost('TARGET_TIMEOUT', `${place} does not answer`);
  const code = LEVELS[error.level ?? ''] ?? 'TARGET_UNREACHABLE';
  return new ConnectionLost(code, `${place}: ${error.message || String(error.code)}`);
}

/** What ssh2 throws at once: a key that it cannot read. Its words never hold any of the key. */
function unusable(error: unknown): Refusal {
  const why =
    error instanceof Error ? error.message.replace(/^Cannot parse privateKey: /, '') : 'unknown error';
  return new Refusal(
    'TARGET_AUTH',
    `the private key cannot be used: ${why}`,
    'Check the key and its passphrase.',
  );
}

function deferred(): Following['ready'] {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
