import type { RunEvent } from '../../domain/events.ts';
import type { Step } from '../../domain/run-graph.ts';
import { createHumanView } from './human.ts';
import { createJsonView } from './json.ts';
import { createPlainView } from './plain.ts';
import type { RunView, RunViewIo, RunViewKind } from './run-view.ts';

/** Lines below the live ones that a terminal needs for the prompt and the sum. */
const RESERVED_LINES = 3;
const USUAL_HEIGHT = 24;

/** `human` degrades to `plain` without a terminal, and for a run with more rows than it is high. */
export function createRunView(kind: RunViewKind, io: RunViewIo): RunView {
  if (kind === 'json') return createJsonView(io);
  if (kind === 'plain' || !io.isTTY) return createPlainView(io);
  return createFittingView(io);
}

/** Decides when the run starts; what comes before that is shown then, or at the end. */
function createFittingView(io: RunViewIo): RunView {
  const early: RunEvent[] = [];
  let view: RunView | undefined;
  const open = (chosen: RunView): RunView => {
    for (const event of early.splice(0)) chosen.onEvent(event);
    return chosen;
  };
  return {
    onEvent(event) {
      if (event.type === 'run-started')
        view = open(fits(event.steps, io) ? createHumanView(io) : createPlainView(io));
      if (view === undefined) early.push(event);
      else view.onEvent(event);
    },
    async close() {
      view ??= open(createPlainView(io));
      await view.close();
    },
  };
}

function fits(steps: readonly Step[], { rows = USUAL_HEIGHT }: RunViewIo): boolean {
  return new Set(steps.map(({ subject }) => subject)).size <= rows - RESERVED_LINES;
}
