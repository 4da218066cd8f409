/** One path of a snapshot, from its index. */
export interface ListedFile {
  /** Escaped for people. */
  readonly path: string;
  readonly type: string;
  readonly mode?: number;
  readonly size?: number;
  readonly mtimeNs?: string;
  readonly link?: string;
}

export interface ChangedFile {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Sizes before and after, where there are any. */
  readonly before?: number;
  readonly after?: number;
}
