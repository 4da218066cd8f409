import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What an editor does with yaml-language-server: one document at a time, over stdio. */
export interface LanguageServer {
  /** Labels of the completions at the `|` in the text. */
  complete(text: string): Promise<readonly string[]>;
  /** The hover text at the `|` in the text. */
  hover(text: string): Promise<string>;
  /** Messages of the problems that the server finds. */
  diagnose(text: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

const SERVER = fileURLToPath(new URL('../../node_modules/.bin/yaml-language-server', import.meta.url));
/** How a plan tells its editor about the schema. */
const MODELINE = `# yaml-language-server: $schema=${new URL('../../schemas/plan.schema.json', import.meta.url).href}\n`;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly uri?: string;
    readonly diagnostics?: readonly { readonly message: string }[];
    readonly items?: readonly unknown[];
  };
  readonly result?: unknown;
}

export async function startLanguageServer(): Promise<LanguageServer> {
  const connection = connect();
  await connection.request('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
  connection.notify('initialized', {});
  connection.notify('workspace/didChangeConfiguration', { settings: SETTINGS });
  let count = 0;
  const open = (plan: string): { readonly uri: string; readonly position: object } => {
    count += 1;
    const uri = `file:///plans/${String(count)}/backup-plan.yaml`;
    const text = MODELINE + plan;
    const before = text.slice(0, Math.max(0, text.indexOf('|')));
    const content = text.replace('|', '');
    connection.notify('textDocument/didOpen', {
      textDocument: { uri, languageId: 'yaml', version: 1, text: content },
    });
    return {
      uri,
      position: {
        line: before.split('\n').length - 1,
        character: before.length - before.lastIndexOf('\n') - 1,
      },
    };
  };
  return {
    async complete(text) {
      const { uri, position } = open(text);
      const result = (await connection.request('textDocument/completion', {
        textDocument: { uri },
        position,
      })) as { items: { label: string }[] };
      return result.items.map(({ label }) => label);
    },
    async hover(text) {
      const { uri, position } = open(text);
      const result = (await connection.request('textDocument/hover', {
        textDocument: { uri },
        position,
      })) as { contents: { value: string } } | null;
      return result?.contents.value ?? '';
    },
    async diagnose(text) {
      const { uri } = open(text);
      return connection.diagnosticsOf(uri);
    },
    close: () => connection.close(),
  };
}

const SETTINGS = { yaml: { completion: true, hover: true, validate: true, schemaStore: { enable: false } } };

function connect() {
  const child = spawn(SERVER, ['--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const answers = new Map<number, (result: unknown) => void>();
  const problems = new Map<string, (messages: readonly string[]) => void>();
  const send = (message: object): void => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    child.stdin.write(`Content-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`);
  };
  const receive = ({ id, method, params, result }: Message): void => {
    if (method === undefined) answers.get(id ?? -1)?.(result);
    else if (method === 'textDocument/publishDiagnostics')
      problems.get(params?.uri ?? '')?.((params?.diagnostics ?? []).map(({ message }) => message));
    else if (id !== undefined)
      send({
        id,
        result: method === 'workspace/configuration' ? (params?.items ?? []).map(() => null) : null,
      });
  };
  readMessages(child.stdout, receive);
  let next = 0;
  return {
    notify: (method: string, params: object) => send({ method, params }),
    request(method: string, params: object): Promise<unknown> {
      next += 1;
      const id = next;
      return new Promise((resolve) => {
        answers.set(id, resolve);
        send({ id, method, params });
      });
    },
    diagnosticsOf: (uri: string): Promise<readonly string[]> =>
      new Promise((resolve) => problems.set(uri, resolve)),
    async close(): Promise<void> {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill();
      await ended;
    },
  };
}

function readMessages(stream: NodeJS.ReadableStream, receive: (message: Message) => void): void {
  let buffer = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const header = /^Content-Length: (\d+)\r\n(?:[^\r]+\r\n)*\r\n/.exec(buffer.toString('latin1'));
      const start = header?.[0].length ?? 0;
      const length = Number(header?.[1]);
      if (header === null || buffer.length < start + length) return;
      receive(JSON.parse(buffer.subarray(start, start + length).toString('utf8')) as Message);
      buffer = buffer.subarray(start + length);
    }
  });
}
