/**
 * Where sequences go when several share a row: longest first, each into the first row with room.
 *
 * @param lengths - length of each sequence
 * @param capacity - length of a row, at least the longest
 */
export function packedRows(
  lengths: readonly number[],
  capacity: number,
): {
  readonly rows: readonly { readonly length: number }[];
  readonly places: readonly {
    readonly row: number;
    readonly start: number;
    readonly segment: number;
  }[];
} {
  const rows: { length: number; count: number }[] = [];
  const places: { row: number; start: number; segment: number }[] = [];
  const order = [...lengths.keys()].toSorted((a, b) => lengths[b]! - lengths[a]! || a - b);
  for (const i of order) {
    let row = rows.findIndex(({ length }) => length + lengths[i]! <= capacity);
    if (row < 0) row = rows.push({ length: 0, count: 0 }) - 1;
    const target = rows[row]!;
    target.count++;
    places[i] = { row, start: target.length, segment: target.count };
    target.length += lengths[i]!;
  }
  return { rows, places };
}
