/**
 * Adds `B B^T` to the lower triangle of a matrix, three by three: nine running sums stay in registers
 * and each value read is used three times.
 *
 * @param block - `B`, `[size, width]` with `size` a multiple of 3
 * @param sum - `[size, size]`; entries above the diagonal's tiles are left alone
 */
export function addGram(
  block: Float64Array,
  {
    sum,
    size,
    width,
  }: { readonly sum: Float64Array; readonly size: number; readonly width: number },
): void {
  for (let i = 0; i < size; i += 3) {
    const i0 = i * width;
    const i1 = i0 + width;
    const i2 = i1 + width;
    for (let j = 0; j <= i; j += 3) {
      const j0 = j * width;
      const j1 = j0 + width;
      const j2 = j1 + width;
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s20 = 0;
      let s21 = 0;
      let s22 = 0;
      for (let k = 0; k < width; k++) {
        const x0 = block[i0 + k]!;
        const x1 = block[i1 + k]!;
        const x2 = block[i2 + k]!;
        const y0 = block[j0 + k]!;
        const y1 = block[j1 + k]!;
        const y2 = block[j2 + k]!;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s02 += x0 * y2;
        s10 += x1 * y0;
        s11 += x1 * y1;
        s12 += x1 * y2;
        s20 += x2 * y0;
        s21 += x2 * y1;
        s22 += x2 * y2;
      }
      let at = i * size + j;
      sum[at] = sum[at]! + s00;
      sum[at + 1] = sum[at + 1]! + s01;
      sum[at + 2] = sum[at + 2]! + s02;
      at += size;
      sum[at] = sum[at]! + s10;
      sum[at + 1] = sum[at + 1]! + s11;
      sum[at + 2] = sum[at + 2]! + s12;
      at += size;
      sum[at] = sum[at]! + s20;
      sum[at + 1] = sum[at + 1]! + s21;
      sum[at + 2] = sum[at + 2]! + s22;
    }
  }
}
