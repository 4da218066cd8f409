import { exitCodeOf, type Failure } from '../domain/failure.ts';
import type { TransferNote } from '../transfer/settings.ts';
import { escapeJson } from '../views/escape.ts';
import { failureLines } from '../views/failure/human.ts';
import { failureDocument } from '../views/failure/json.ts';
import { jsonPieces } from '../views/json-pieces.ts';
import { createStyle, type Style } from '../views/style.ts';
import type { Io } from './action.ts';
import { terminalFacts } from './terminal.ts';

export interface OutputChoice {
  readonly json?: boolean;
  readonly color?: boolean;
}

export function styleFor(stream: NodeJS.WriteStream, io: Io, choice: OutputChoice): Style {
  return createStyle(terminalFacts(stream, io.env, choice.color !== false));
}

export function printLines(stream: NodeJS.WriteStream, lines: readonly string[]): void {
  if (lines.length > 0) stream.write(`${lines.join('\n')}\n`);
}

export function printJson(io: Io, document: unknown): void {
  io.stdout.write(`${escapeJson(document)}\n`);
}

/** The same for a document with lists that may be long. */
export function printLongJson(io: Io, document: object): void {
  for (const piece of jsonPieces(document)) io.stdout.write(piece);
  io.stdout.write('\n');
}

/** Said beside whatever a command prints. */
export function printNote(io: Io, { level, message }: TransferNote, choice: OutputChoice): void {
  const style = styleFor(io.stderr, io, choice);
  const head = level === 'warning' ? style.caution('warning') : style.faint('note');
  printLines(io.stderr, [`${head}  ${style.text(message)}`]);
}

/** Says a failure and returns its exit code. */
export function printFailure(io: Io, failure: Failure, choice: OutputChoice): number {
  if (choice.json === true) printJson(io, { format: 'backup-plan/failure@1.0', ...failureDocument(failure) });
  printLines(io.stderr, failureLines(failure, styleFor(io.stderr, io, choice)));
  return exitCodeOf(failure.code);
}
