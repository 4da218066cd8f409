'use strict';
// The program behind every fake tool. It knows nothing but its own name and the socket from which
// it takes one JSON request per line; see fake-tool.ts. CommonJS, because its copies stand without
// an extension in a directory of their own.
const { Buffer } = require('node:buffer');
const { spawn } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const net = require('node:net');
const { basename, dirname, join } = require('node:path');
const { setImmediate } = require('node:timers');

const socket = net.connect(join(dirname(dirname(process.argv[1])), 'socket'));
const send = (message) => socket.write(`${JSON.stringify(message)}\n`);

/** Writes all of it, also to a pipe that is non-blocking and full. Never blocks the event loop. */
async function writeAll(fd, bytes) {
  for (let offset = 0; offset < bytes.length;) {
    try {
      offset += await new Promise((resolve, reject) => {
        fs.write(fd, bytes, offset, (error, count) => (error ? reject(error) : resolve(count)));
      });
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** Reads stdin to its end; returns what it was, and hands every chunk on. */
async function drain(onChunk) {
  const digest = createHash('sha256');
  let bytes = 0;
  for await (const chunk of fs.createReadStream('', { fd: 0, autoClose: false })) {
    digest.update(chunk);
    bytes += chunk.length;
    await onChunk(chunk);
  }
  return { bytes, sha256: digest.digest('hex') };
}

const requests = {
  write: ({ fd, base64, times }) => {
    const bytes = Buffer.from(base64, 'base64');
    const parts = Array.from({ length: times }, () => () => writeAll(fd, bytes));
    return parts.reduce((before, part) => before.then(part), Promise.resolve());
  },
  close: async ({ fd }) => fs.closeSync(fd),
  readStdin: () => drain(async () => undefined),
  copy: () => drain((chunk) => writeAll(1, chunk)),
  grandchild: async () => {
    const child = spawn('sleep', ['1000000'], { stdio: 'inherit' });
    return child.pid;
  },
  trap: async ({ signal }) => {
    process.on(signal, () => send({ trapped: signal }));
  },
};

async function handle({ id, request, ...rest }) {
  if (request === 'exit') process.exit(rest.code);
  if (request === 'die') process.kill(process.pid, rest.signal);
  try {
    send({ id, value: await requests[request](rest) });
  } catch (error) {
    send({ id, error: error.code ?? String(error) });
  }
}

let unfinished = '';
socket.setEncoding('utf8').on('data', (text) => {
  const lines = (unfinished + text).split('\n');
  unfinished = lines.pop();
  for (const line of lines) void handle(JSON.parse(line));
});
// The test is gone: nothing may outlive it.
socket.on('close', () => process.kill(process.pid, 'SIGKILL'));
socket.on('error', () => process.kill(process.pid, 'SIGKILL'));

send({
  tool: basename(process.argv[1]),
  pid: process.pid,
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
});
