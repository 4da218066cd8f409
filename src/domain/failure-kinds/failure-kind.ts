/** What is fixed about a failure code. */
export interface FailureKind {
  readonly bp: `BP${number}`;
  readonly exit: number;
  readonly retryable: boolean;
  /** One fixed sentence without user data. */
  readonly summary: string;
  /** What to do, in sentences. */
  readonly remedy: string;
}
