import type { Row } from './report.ts';
import type { Workspace } from './workspace.ts';

export interface Setting {
  /** Around the data set; its target is initialised and holds one full snapshot. */
  readonly workspace: Workspace;
  /** Where a bench may make more of its own. */
  readonly folder: string;
  /** Runs of each contender, of which the best counts. */
  readonly rounds: number;
  /** 1 is the size that the limits are meant for. */
  readonly scale: number;
  /** Also what takes tens of gigabytes or a million files. */
  readonly isLarge: boolean;
}

export type Bench = (setting: Setting) => Promise<readonly Row[]>;
