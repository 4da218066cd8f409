import { spawn } from 'node:child_process';

/** One command of a document's ```console block, and what it prints there. */
export interface ConsoleStep {
  readonly line: number;
  readonly command: string;
  /** `…` stands for any text in a line; a line of `…` alone for any number of lines. */
  readonly expected: readonly string[];
}

/** Every `$ command` of the document's console blocks, in order. A line that ends in `\` continues. */
export function consoleSteps(markdown: string): readonly ConsoleStep[] {
  const steps: { line: number; command: string; expected: string[] }[] = [];
  let inBlock = false;
  for (const [index, line] of markdown.split('\n').entries()) {
    const last = steps.at(-1);
    if (line.startsWith('```')) inBlock = line === '```console';
    else if (!inBlock) continue;
    else if (line.startsWith('$ ')) steps.push({ line: index + 1, command: line.slice(2), expected: [] });
    else if (last?.expected.length === 0 && last.command.endsWith('\\')) last.command += `\n${line}`;
    else last?.expected.push(line);
  }
  return steps;
}

/** A bash that runs the steps one after another, so that variables and folders last. */
export interface ConsoleSession {
  /** What the command printed on both streams, as a person would see it. */
  run(command: string): Promise<string>;
  close(): void;
}

export function openConsole(folder: string, env: Readonly<Record<string, string>>): ConsoleSession {
  const bash = spawn('bash', ['--norc', '--noprofile'], {
    cwd: folder,
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  bash.stdin.write('exec 2>&1\n');
  bash.stdout.setEncoding('utf8');
  let runs = 0;
  return {
    run: (command) => {
      const end = `-- end of step ${(runs += 1)} --\n`;
      // Without an input of its own a command would swallow the ones after it.
      bash.stdin.write(`{\n${command}\n} </dev/null; status=$?; echo '${end.trim()}'; (exit $status)\n`);
      return untilMarker(bash.stdout, end);
    },
    close: () => bash.kill('SIGKILL'),
  };
}

function untilMarker(stream: NodeJS.ReadableStream, end: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const onData = (chunk: string | Buffer): void => {
      text += chunk.toString();
      if (!text.endsWith(end)) return;
      stream.off('data', onData).off('end', onEnd);
      resolve(text.slice(0, -end.length));
    };
    const onEnd = (): void => reject(new Error(`the shell ended after printing ${text}`));
    stream.on('data', onData).on('end', onEnd);
  });
}

/** A pattern of the whole output, for `expect(output).toMatch(…)`. */
export function outputPattern(expected: readonly string[]): RegExp {
  return new RegExp(`^${linesPattern(expected)}$`);
}

/** The same of lines that stand one after another anywhere in a text. */
export function excerptPattern(expected: readonly string[]): RegExp {
  return new RegExp(`^${linesPattern(expected)}`, 'm');
}

function linesPattern(expected: readonly string[]): string {
  return expected
    .map((line) =>
      line.trim() === '…' ? '(?:[^\\n]*\\n)*' : `${line.split('…').map(escaped).join('[^\\n]*')}\\n`,
    )
    .join('');
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
