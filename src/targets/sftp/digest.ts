import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';

/** A running SHA-256. */
export interface Digest {
  /** The memory is gone until it comes back. */
  update(memory: ArrayBuffer, bytes: number): Promise<ArrayBuffer>;
  /** Lower-case hex of all that was given. */
  finish(): Promise<string>;
  end(): Promise<void>;
}

export function inlineDigest(): Digest {
  const hash = createHash('sha256');
  return {
    update: (memory, bytes) => {
      hash.update(new Uint8Array(memory, 0, bytes));
      return Promise.resolve(memory);
    },
    finish: () => Promise.resolve(hash.digest('hex')),
    end: () => Promise.resolve(),
  };
}

/** As text, because the released program is one bundle. */
const PROGRAM = `
const { createHash } = require('node:crypto');
const { parentPort } = require('node:worker_threads');
const hash = createHash('sha256');
parentPort.on('message', ({ memory, bytes }) => {
  if (memory === undefined) parentPort.postMessage(hash.digest('hex'));
  else {
    hash.update(new Uint8Array(memory, 0, bytes));
    parentPort.postMessage(memory, [memory]);
  }
});
`;

interface Asked {
  readonly answer: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** On a thread of its own: encrypting what is sent keeps this one busy. */
export function threadedDigest(): Digest {
  const worker = new Worker(PROGRAM, { eval: true });
  const asked: Asked[] = [];
  worker.on('message', (value: unknown) => asked.shift()?.answer(value));
  worker.on('error', (error) => {
    for (const { reject } of asked.splice(0)) reject(error);
  });
  const ask = <T>(message: object, handOver: readonly ArrayBuffer[]): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      asked.push({ answer: resolve as (value: unknown) => void, reject });
      worker.postMessage(message, handOver);
    });
  return {
    update: (memory, bytes) => ask({ memory, bytes }, [memory]),
    finish: () => ask({}, []),
    end: async () => {
      await worker.terminate();
    },
  };
}
