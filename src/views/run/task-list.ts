import {
  DefaultRenderer,
  Listr,
  ListrDefaultRendererLogLevels as Level,
  ListrLogger,
  ListrTaskState,
  ProcessOutput,
  Spinner,
  type ListrTask,
  type ListrTaskWrapper,
} from 'listr2';

import type { Style } from '../style.ts';
import type { Row, RowState } from './rows.ts';

/** Lines of a terminal that are redrawn in place. */
export interface TaskList {
  /** Shows the row's text and state. An ended row stays as it is. */
  show(row: Row): void;
  /** Ends the rows that are still open as skipped; settles when the terminal is free again. */
  close(): Promise<void>;
}

type Wrapper = ListrTaskWrapper<unknown, typeof TerminalRenderer, typeof TerminalRenderer>;

interface Line {
  row: Row;
  wrapper?: Wrapper;
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/** Listr2 asks whether stdout is a terminal, but draws on stderr here, which is known to be one. */
class TerminalRenderer extends DefaultRenderer {
  static override readonly nonTTY = true;
}

/**
 * Listr2 draws and decides nothing: its tasks wait until they are told how they ended. Its own
 * signal handling, which would exit the process, is off.
 */
export function createTaskList(rows: readonly Row[], stderr: NodeJS.WritableStream, style: Style): TaskList {
  const lines = new Map(rows.map((row) => [row.subject, newLine(row)]));
  const list = new Listr<unknown, typeof TerminalRenderer, typeof TerminalRenderer>(
    [...lines.values()].map(taskOf),
    {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      renderer: TerminalRenderer,
      rendererOptions: rendererOptions(stderr, style),
    },
  );
  const finished = list.run();
  return {
    show(row) {
      const line = lines.get(row.subject);
      if (line !== undefined) draw(line, row);
    },
    async close() {
      for (const line of lines.values()) line.end();
      await finished;
    },
  };
}

function newLine(row: Row): Line {
  let end!: () => void;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { row, ended, end };
}

function taskOf(line: Line): ListrTask<unknown, typeof TerminalRenderer, typeof TerminalRenderer> {
  return {
    title: line.row.text,
    task: async (_, wrapper) => {
      line.wrapper = wrapper;
      draw(line, line.row);
      await line.ended;
      wrapper.title = line.row.text;
      wrapper.task.state$ = FINAL_STATES[line.row.state];
    },
  };
}

/** What Listr2 calls the state of a row that has ended; an open one broke off. */
const FINAL_STATES: Readonly<Record<RowState, ListrTaskState>> = {
  waiting: ListrTaskState.SKIPPED,
  running: ListrTaskState.SKIPPED,
  succeeded: ListrTaskState.COMPLETED,
  failed: ListrTaskState.FAILED,
  skipped: ListrTaskState.SKIPPED,
};

function draw(line: Line, row: Row): void {
  line.row = row;
  if (row.state !== 'waiting' && row.state !== 'running') {
    line.end();
    return;
  }
  if (line.wrapper === undefined) return;
  line.wrapper.title = row.text;
  line.wrapper.task.state$ = row.state === 'running' ? ListrTaskState.STARTED : ListrTaskState.WAITING;
}

function rendererOptions(
  stderr: NodeJS.WritableStream,
  style: Style,
): NonNullable<ConstructorParameters<typeof TerminalRenderer>[1]> {
  const { symbols } = style;

  const terminal = stderr as NodeJS.WriteStream;
  return {
    logger: new ListrLogger({ processOutput: new ProcessOutput(terminal, terminal) }),
    spinner: new SymbolSpinner(symbols.spinner),
    formatOutput: 'truncate',
    showErrorMessage: false,
    showSkipMessage: false,
    icon: {
      [Level.COMPLETED]: symbols.succeeded,
      [Level.FAILED]: symbols.failed,
      [Level.SKIPPED_WITH_COLLAPSE]: symbols.skipped,
      [Level.WAITING]: symbols.waiting,
    },
    color: {
      [Level.COMPLETED]: asPainter(style.good),
      [Level.FAILED]: asPainter(style.bad),
      [Level.SKIPPED_WITH_COLLAPSE]: asPainter(style.caution),
      [Level.PENDING]: asPainter(style.caution),
      [Level.WAITING]: asPainter(style.faint),
    },
  };
}

function asPainter(paint: (text: string) => string): (message?: string) => string {
  return (message = '') => paint(message);
}

class SymbolSpinner extends Spinner {
  protected override readonly spinner: string[];

  constructor(symbols: readonly string[]) {
    super();
    this.spinner = [...symbols];
  }
}
