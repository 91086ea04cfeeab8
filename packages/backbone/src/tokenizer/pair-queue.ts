/** A queue of symbol pairs, the most frequent first, the smaller pair on a tie. */
export interface PairQueue {
  /** Enters a pair with its present count. */
  push(pair: number, count: number): void;
  /** Takes the first entry out; undefined where none is left. */
  pop(): { readonly pair: number; readonly count: number } | undefined;
}

/** A binary heap over two parallel arrays. */
export function createPairQueue(): PairQueue {
  const pairs: number[] = [];
  const counts: number[] = [];
  const before = (i: number, j: number): boolean => {
    const more = counts[i]! - counts[j]!;
    return more > 0 || (more === 0 && pairs[i]! < pairs[j]!);
  };
  const swap = (i: number, j: number): void => {
    [pairs[i], pairs[j]] = [pairs[j]!, pairs[i]!];
    [counts[i], counts[j]] = [counts[j]!, counts[i]!];
  };
  return {
    push(pair, count) {
      let node = pairs.push(pair) - 1;
      counts.push(count);
      while (node > 0) {
        const parent = (node - 1) >> 1;
        if (!before(node, parent)) return;
        swap(node, parent);
        node = parent;
      }
    },
    pop() {
      const last = pairs.length - 1;
      if (last < 0) return undefined;
      swap(0, last);
      const entry = { pair: pairs.pop()!, count: counts.pop()! };
      for (let node = 0; ;) {
        const left = 2 * node + 1;
        const right = left + 1;
        let first = node;
        if (left < last && before(left, first)) first = left;
        if (right < last && before(right, first)) first = right;
        if (first === node) return entry;
        swap(node, first);
        node = first;
      }
    },
  };
}
