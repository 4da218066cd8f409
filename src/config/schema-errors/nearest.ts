/** The candidate that `text` is most likely a mistyping of, or undefined. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.ceil(text.length / 3));
  const scored = candidates
    .map((candidate) => ({
      candidate,
      distance: distanceBetween(text.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ distance, candidate }) => distance <= limit && distance < candidate.length)
    .sort((a, b) => a.distance - b.distance);
  return scored[0]?.candidate;
}

/** Damerau–Levenshtein (optimal string alignment): edits and swaps of neighbours between two texts. */
export function distanceBetween(a: string, b: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        cell(previous, column) + 1,
        cell(current, column - 1) + 1,
        cell(previous, column - 1) + (same ? 0 : 1),
        swapped ? cell(older, column - 2) + 1 : Infinity,
      );
    }
    older = previous;
    previous = current;
  }
  return cell(previous, b.length);
}

function cell(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
