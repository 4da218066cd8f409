import type { PlaceContext } from '../../../domain/resource-type.ts';
import type { RestoreRequest, Selection } from '../request.ts';
import { ownership } from '../stage.ts';

/** Where things lie, for the type to say. */
export function placeContext(
  planDirectory: string,
  { selection, request }: { readonly selection: Selection; readonly request: RestoreRequest },
): Omit<PlaceContext, 'facts'> {
  return {
    resource: selection.snapshot.resource,
    options: selection.options,
    planDirectory,
    only: request.only,
    map: request.map,
    ...ownership({ selection, request }),
  };
}
