import type { RunGraph, Step } from '../domain/run-graph.ts';
import { sortTopologically } from '../graph/dag.ts';
import { shapeOf } from '../graph/shape.ts';

export type GraphFormat = 'text' | 'mermaid' | 'dot';

/** A run graph for a person or for another tool; ends with a line end. */
export function describeGraph(graph: RunGraph, format: GraphFormat): string {
  switch (format) {
    case 'text':
      return asText(graph);
    case 'mermaid':
      return asMermaid(graph);
    case 'dot':
      return asDot(graph);
  }
}

function asText({ steps }: RunGraph): string {
  if (steps.length === 0) return 'no steps\n';
  const shape = shapeOf(steps.map(predecessorsOf));
  const width = Math.max(...steps.map(({ id }) => id.length));
  const summary = `${counted(steps.length, 'step')}, longest way ${String(shape.length)}, at most ${String(shape.width)} at once`;
  const lines = steps.map((step) => `${step.id.padEnd(width)}  ${remarkOf(step)}`.trimEnd());
  return `${summary}\n\n${lines.join('\n')}\n`;
}

function remarkOf({ action, needs, after }: Step): string {
  const when =
    action.kind === 'hook' && action.moment === 'onFailure' ? 'if something failed' : 'in any case';
  const parts = [
    ...(needs.length === 0 ? [] : [`needs ${listed(needs)}`]),
    ...(after === undefined ? [] : [`${when}, after ${listed(after)}`]),
  ];
  return parts.join('; ');
}

const SHOWN_NAMES = 4;

function listed(names: readonly string[]): string {
  const rest = names.length - SHOWN_NAMES;
  return rest > 1 ? `${names.slice(0, SHOWN_NAMES).join(', ')} and ${String(rest)} more` : names.join(', ');
}

function asMermaid({ steps }: RunGraph): string {
  const names = numbered(steps);
  const nodes = steps.map(({ id }) => `  ${names(id)}["${mermaidText(id)}"]`);
  const needs = edgesOf(steps, 'needs').map(([from, to]) => `  ${names(from)} --> ${names(to)}`);
  const after = edgesOf(steps, 'after').map(([from, to]) => `  ${names(from)} -.-> ${names(to)}`);
  return `${['flowchart LR', ...nodes, ...needs, ...after].join('\n')}\n`;
}

function asDot({ steps }: RunGraph): string {
  const names = numbered(steps);
  const nodes = steps.map(({ id }) => `  ${names(id)} [label="${dotText(id)}"];`);
  const needs = edgesOf(steps, 'needs').map(([from, to]) => `  ${names(from)} -> ${names(to)};`);
  const after = edgesOf(steps, 'after').map(
    ([from, to]) => `  ${names(from)} -> ${names(to)} [style=dashed];`,
  );
  return `${['digraph run {', '  rankdir=LR;', '  node [shape=box];', ...nodes, ...needs, ...after, '}'].join('\n')}\n`;
}

function edgesOf(steps: readonly Step[], kind: 'needs' | 'after'): (readonly [from: string, to: string])[] {
  return steps.flatMap((step) => (step[kind] ?? []).map((from) => [from, step.id] as const));
}

/** The same graph with every step after those that it waits for. */
export function inRunOrder({ runId, steps }: RunGraph): RunGraph {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const sorted = sortTopologically(steps.map(predecessorsOf));
  return { runId, steps: sorted.sorted ? sorted.order.flatMap(({ id }) => byId.get(id) ?? []) : steps };
}

function predecessorsOf({ id, needs, after }: Step): {
  readonly id: string;
  readonly needs: readonly string[];
} {
  return { id, needs: [...needs, ...(after ?? [])] };
}

function numbered(steps: readonly Step[]): (id: string) => string {
  const numbers = new Map(steps.map(({ id }, index) => [id, index + 1]));
  return (id) => `s${String(numbers.get(id))}`;
}

function mermaidText(text: string): string {
  return text.replace(/["#<>&]/g, (character) => `#${String(character.codePointAt(0))};`);
}

function dotText(text: string): string {
  return text.replace(/["\\]/g, '\\$&');
}

function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
