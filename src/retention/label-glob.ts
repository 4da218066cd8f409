/** Matches a whole label: `*` is any run of characters, `?` any one; nothing else is special. */
export function matchesLabel(glob: string, label: string): boolean {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'su').test(label);
}
