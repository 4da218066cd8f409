import { ok, type Result } from '../../domain/result.ts';
import type { StoreNote } from '../../domain/target.ts';
import type { Place } from './place.ts';
import { countDuplicates } from './entries.ts';

/** What rclone cannot promise, and what it can where this store lets it. */
export async function examineRemote(place: Place): Promise<Result<readonly StoreNote[]>> {
  const { features } = place;
  const duplicates = features.duplicates ? await countDuplicates(place) : ok(0);
  if (!duplicates.ok) return duplicates;
  return ok([
    {
      topic: 'create-only',
      state: 'warning',
      detail: 'rclone looks before it writes, but two writers of one name at the same moment can collide',
      hint: 'Let one host alone write to this target and say so with `exclusive: true`.',
    },
    checkNote(place),
    features.move
      ? { topic: 'publishing', state: 'ok', detail: 'objects get their names when they have been checked' }
      : {
          topic: 'publishing',
          state: 'ok',
          detail: 'the store shows an object when it is whole; a damaged one is told, and stays',
        },
    { topic: 'bandwidth', state: 'ok', detail: 'a limit holds on average, not within one file' },
    ...duplicatesNote(place, duplicates.value),
  ]);
}

function checkNote({ features, readBack }: Place): StoreNote {
  const topic = 'upload check';
  const [hash] = features.hashes;
  if (readBack)
    return { topic, state: 'ok', detail: 'everything that was written is read back, as the plan says' };
  if (hash !== undefined)
    return {
      topic,
      state: 'ok',
      detail: `size and ${hash} that the store tells are compared after each upload`,
    };
  return {
    topic,
    state: 'warning',
    detail: 'the store tells no hash that can be compared, so that everything is read back after each upload',
  };
}

function duplicatesNote({ features, remote }: Place, names: number): StoreNote[] {
  if (!features.duplicates) return [];
  const topic = 'duplicate names';
  if (names === 0) return [{ topic, state: 'ok', detail: 'no two objects have one name' }];
  return [
    {
      topic,
      state: 'warning',
      detail: `${String(names)} names belong to more than one object, and which one is read is the choice of the store`,
      hint: `Look at them with \`rclone dedupe --dry-run ${remote}\`, and keep the one that verifies.`,
    },
  ];
}
