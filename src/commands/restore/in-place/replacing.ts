import type { Failure } from '../../../domain/failure.ts';
import type { RestoreOutcome } from '../../../domain/resource-type.ts';
import type { ReplacedPlace } from '../../../domain/restore-report.ts';
import type { Copy } from '../../../domain/snapshot.ts';
import type { Journal } from '../../../swap/journal.ts';
import type { RestoreRequest, RestoreTools, Selection } from '../request.ts';
import type { InPlaceOptions } from './options.ts';
import type { VersionCheck } from './version.ts';

/** One resource that is being replaced. */
export interface Replacing {
  readonly tools: RestoreTools;
  readonly selection: Selection;
  readonly request: RestoreRequest;
  readonly version: VersionCheck;
  readonly options: InPlaceOptions;
  readonly journal: Journal;
}

/** The data is in place, whatever a migration, a check or a hook said afterwards. */
export interface Replaced {
  readonly outcome?: RestoreOutcome;
  readonly copies: readonly Copy[];
  readonly places: readonly ReplacedPlace[];
  readonly before?: string;
  readonly checksPassed: number;
  readonly problem?: Failure;
}
