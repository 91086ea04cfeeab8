import { readFile } from 'node:fs/promises';

/** Time spent in kernels over the runs of a profile, in milliseconds. */
export interface KernelTimes {
  /** All kernels. */
  readonly totalMs: number;
  /** By op, e.g. `Gemm`, `Softmax`; the dearest first. */
  readonly byOpMs: Readonly<Record<string, number>>;
  /** By who ran them, e.g. `CPUExecutionProvider`; the dearest first. */
  readonly byProviderMs: Readonly<Record<string, number>>;
}

/** An entry of ONNX Runtime's profile; durations are in microseconds. */
interface ProfileEvent {
  readonly cat?: string;
  readonly name?: string;
  readonly dur?: number;
  readonly args?: { readonly op_name?: string; readonly provider?: string };
}

const dearestFirst = (times: ReadonlyMap<string, number>): Readonly<Record<string, number>> =>
  Object.fromEntries([...times].toSorted(([, a], [, b]) => b - a));

/**
 * Sums up a profile that ONNX Runtime wrote.
 *
 * @param path - the profile, a JSON file
 */
export async function readKernelTimes(path: string): Promise<KernelTimes> {
  const events = JSON.parse(await readFile(path, 'utf8')) as readonly ProfileEvent[];
  let totalMs = 0;
  const byOp = new Map<string, number>();
  const byProvider = new Map<string, number>();
  for (const { cat, name, dur = 0, args = {} } of events) {
    if (cat !== 'Node' || name?.endsWith('_kernel_time') !== true) continue;
    const { op_name: op = 'unknown', provider = 'unknown' } = args;
    const ms = dur / 1000;
    totalMs += ms;
    byOp.set(op, (byOp.get(op) ?? 0) + ms);
    byProvider.set(provider, (byProvider.get(provider) ?? 0) + ms);
  }
  return { totalMs, byOpMs: dearestFirst(byOp), byProviderMs: dearestFirst(byProvider) };
}

/** Share of matrix products in the time of all kernels, 0 to 1; 0 where no kernel took any time. */
export function matrixProductShare({ totalMs, byOpMs }: KernelTimes): number {
  const products = Object.entries(byOpMs).filter(([op]) => /^(?:Fused)?(?:Gemm|MatMul)/.test(op));
  return totalMs === 0 ? 0 : products.reduce((sum, [, ms]) => sum + ms, 0) / totalMs;
}
