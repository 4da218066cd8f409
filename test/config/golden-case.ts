import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadPlan, type LoadedPlan, type LoadOptions } from '../../src/config/load-plan.ts';
import { humanDiagnostics } from '../../src/views/diagnostics/human.ts';
import { createStyle } from '../../src/views/style.ts';
import { policyFindings } from '../../src/planner/policies-static.ts';
import { registries } from './registries.ts';

/**
 * One file per case. Sections start with a line `-- NAME --`: files of the plan, `-> TARGET` after a
 * name makes a link, `mode MODE` sets its mode; `env` holds NAME=value lines, `options` holds
 * `unset: note`; `expected` is what the human view prints.
 */
export interface GoldenCase {
  readonly sections: readonly Section[];
  readonly expected: string;
}

export interface Section {
  readonly name: string;
  readonly text: string;
}

const PUBLIC_KEY = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n';

export function parseCase(text: string): GoldenCase {
  const [, ...parts] = text.split(/^-- (.+) --\n/m);
  const sections: Section[] = [];
  for (let index = 0; index < parts.length; index += 2)
    sections.push({ name: parts[index]!, text: parts[index + 1] ?? '' });
  const expected = sections.find(({ name }) => name === 'expected')?.text ?? '';
  return { sections: sections.filter(({ name }) => name !== 'expected'), expected };
}

export function formatCase({ sections, expected }: GoldenCase): string {
  return [...sections, { name: 'expected', text: expected }]
    .map(({ name, text }) => `-- ${name} --\n${text}`)
    .join('');
}

/** Writes the files into a folder of their own, loads the plan and renders what it says. */
export async function runCase({
  sections,
}: GoldenCase): Promise<{ readonly output: string; readonly loaded: LoadedPlan }> {
  return withFolder(async (folder) => {
    for (const name of ['ops', 'escrow', 'ci']) write(folder, { name: `keys/${name}.asc`, text: PUBLIC_KEY });
    for (const section of sections)
      if (section.name !== 'env' && section.name !== 'options') write(folder, section);
    const loaded = await loadPlan({
      file: join(folder, 'backup-plan.yaml'),
      registries,
      judge: policyFindings,
      ...readOptions(sections),
    });
    const style = createStyle({ colour: false, unicode: true });
    const output = humanDiagnostics(loaded.diagnostics, loaded.sources, style);
    return { output: output.replaceAll(`${folder}/`, ''), loaded };
  });
}

export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'plan-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function write(folder: string, { name, text }: Section): void {
  const [, path = name, target, mode] = /^(\S+)(?: -> (\S+))?(?: mode (\d+))?$/.exec(name) ?? [];
  const absolute = join(folder, path);
  mkdirSync(dirname(absolute), { recursive: true });
  if (target !== undefined) {
    symlinkSync(target, absolute);
    return;
  }
  writeFileSync(absolute, text);
  chmodSync(absolute, Number.parseInt(mode ?? '600', 8));
}

function readOptions(sections: readonly Section[]): Pick<LoadOptions, 'env' | 'unset'> {
  const textOf = (wanted: string): string => sections.find(({ name }) => name === wanted)?.text ?? '';
  const pairs = textOf('env')
    .split('\n')
    .filter((line) => line.includes('='));
  const env = Object.fromEntries(
    pairs.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  return { env, unset: textOf('options').includes('unset: note') ? 'note' : 'error' };
}
