/**
 * Edit distance of two texts: characters put in, taken out or replaced (Levenshtein 1966).
 */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** Those of some texts that are most like another, the nearest first; upper case counts as lower. */
export function nearestTexts(
  text: string,
  { among, count }: { readonly among: Iterable<string>; readonly count: number },
): string[] {
  const wanted = text.toLowerCase();
  return [...among]
    .map((one) => ({ one, distance: editDistance(wanted, one.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance || (a.one < b.one ? -1 : 1))
    .slice(0, count)
    .map(({ one }) => one);
}
