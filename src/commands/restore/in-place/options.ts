/** How live resources may be replaced. */
export interface InPlaceOptions {
  /** Replace existing data unasked, and what is in use. */
  readonly force: boolean;
  /** Keep what was there before. */
  readonly backupExisting: boolean;
  readonly allowVersionMismatch: boolean;
  /** Asks the person at the terminal; absent where there is none. */
  readonly confirm?: (question: string) => Promise<boolean>;
}
