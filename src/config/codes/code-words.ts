/** What a code means, for good: a code is never reused for something else. */
export interface CodeWords {
  /** Lower-case, no full stop, without user data. */
  readonly title: string;
  readonly explanation: string;
  /** YAML or a command that shows how it looks when it is right. */
  readonly example?: string;
}
