/**
 * The k-th largest of some numbers, by quickselect: linear time on average, and always the same way.
 *
 * @param values - no NaN among them; stay as they are
 * @param k - from 1 to their count
 */
export function kthLargest(values: Float32Array, k: number): number {
  const work = values.slice();
  const target = k - 1;
  let [start, end] = [0, work.length - 1];
  for (;;) {
    const pivot = middleOf(work[start]!, work[(start + end) >> 1]!, work[end]!);
    let [left, right] = [start, end];
    while (left <= right) {
      while (work[left]! > pivot) left++;
      while (work[right]! < pivot) right--;
      if (left > right) break;
      [work[left], work[right]] = [work[right]!, work[left]!];
      left++;
      right--;
    }
    // Now start..right are at least the pivot, left..end at most, and what is between equals it.
    if (target <= right) end = right;
    else if (target >= left) start = left;
    else return pivot;
  }
}

const middleOf = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
