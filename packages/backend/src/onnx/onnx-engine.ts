import type { Device, Engine } from '../engine.js';
import { createHostedEngine } from './hosted-engine.js';
import { createLocalHost } from './local-host.js';

/** Settings of {@link createOnnxEngine}. */
export interface OnnxEngineOptions {
  /** The device. Default `cpu`. */
  readonly device?: Device;
  /** Threads of one run. Default: ONNX Runtime's own choice, the physical cores. */
  readonly threads?: number;
  /** Whether the CPU may run ops that the device has no kernel for. Default no. */
  readonly cpuFallback?: boolean;
  /** Prefix of profile files to write, one a program; none by default. */
  readonly profilePrefix?: string;
}

/**
 * An engine on ONNX Runtime, in this thread: a run blocks the event loop while it computes.
 *
 * Whether the device is there shows at the first compilation; see `createEngine` to know it before.
 *
 * @param options - device, threads, profile
 * @example
 * ```ts
 * await using engine = createOnnxEngine({ threads: 2 });
 * const graph = createGraph();
 * const x = graph.input('x', ['n']);
 * graph.output('double', add(x, x));
 * await using program = await engine.compile(graph);
 * await program.run({ x: { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) } });
 * ```
 */
export function createOnnxEngine(options: OnnxEngineOptions = {}): Engine {
  const { device = 'cpu', cpuFallback = false, ...rest } = options;
  return createHostedEngine(createLocalHost({ device, cpuFallback, ...rest }), device);
}
