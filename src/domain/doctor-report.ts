/** One thing that `doctor` looked at. */
export interface Examination {
  readonly area: 'tools' | 'keys' | 'secrets' | 'targets' | 'space' | 'log';
  readonly subject: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  readonly hint?: string;
}
