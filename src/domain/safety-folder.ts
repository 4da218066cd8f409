const MAX_NAME_BYTES = 200;

/** Name of the private folder in which a restore keeps what it replaces: beside `name`, which it starts with. */
export function safetyFolderName(name: string, restoreId: string): string {
  let start = name;
  while (Buffer.byteLength(start) > MAX_NAME_BYTES) start = start.slice(0, -1);
  return `.${start}.backup-plan-${restoreId}`;
}

const FORM = /^\..*\.backup-plan-[0-7][0-9a-z]{25}$/s;

/** Such a folder is no part of the data beside which it lies. */
export function isSafetyFolder(name: string): boolean {
  return FORM.test(name);
}
