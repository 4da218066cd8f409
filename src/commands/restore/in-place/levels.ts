/** Names in groups: each depends on earlier groups only, as far as it depends on any of them. */
export function levelsOf(
  names: readonly string[],
  dependsOn: (name: string) => readonly string[],
): readonly (readonly string[])[] {
  const levels: string[][] = [];
  const placed = new Set<string>();
  let left = [...names];
  while (left.length > 0) {
    const ready = left.filter((name) =>
      dependsOn(name).every((other) => placed.has(other) || !left.includes(other)),
    );
    // A plan has no cycles; if one had, its members would come in the order in which they stand.
    const level = ready.length > 0 ? ready : left.slice(0, 1);
    levels.push(level);
    for (const name of level) placed.add(name);
    left = left.filter((name) => !level.includes(name));
  }
  return levels;
}
