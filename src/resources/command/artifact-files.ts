import { failure } from '../../domain/failure.ts';
import type { ChainLink } from '../../domain/resource-type.ts';
import { failed, ok, type Result } from '../../domain/result.ts';

export interface ArtifactFile {
  readonly artifact: string;
  /** Its name as a file. */
  readonly file: string;
}

/** The artifacts that `only` names, all of them where it is empty. */
export async function chosenArtifacts(
  link: ChainLink,
  only: readonly string[],
): Promise<Result<readonly ArtifactFile[]>> {
  const names = await fileNames(link);
  if (!names.ok) return names;
  const chosen = names.value.filter(({ file }) => only.length === 0 || only.includes(file));
  if (chosen.length > 0) return ok(chosen);
  const hint = `It has ${names.value.map(({ file }) => file).join(', ')}.`;
  return failed(failure('NOT_FOUND', 'no artifact of the snapshot has such a name', { hint }));
}

/** From the snapshot itself: a restore may have no plan. */
async function fileNames(link: ChainLink): Promise<Result<readonly ArtifactFile[]>> {
  const lines = await link.index();
  if (!lines.ok) return lines;
  for await (const header of lines.value) {
    const { facts } = JSON.parse(header.toString('utf8')) as {
      readonly facts?: { readonly fileNames?: object };
    };
    const names = Object.entries(facts?.fileNames ?? {}) as readonly (readonly [string, unknown])[];
    if (names.length > 0 && names.every(([, file]) => isPlainName(file))) {
      return ok(names.map(([artifact, file]) => ({ artifact, file: String(file) })));
    }
    break;
  }
  return failed(failure('CORRUPT', 'the index names no files for the artifacts'));
}

function isPlainName(name: unknown): boolean {
  return typeof name === 'string' && /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name);
}
