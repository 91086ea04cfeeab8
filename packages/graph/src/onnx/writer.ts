import type { Dimension } from '../ir/dimension.js';
import type { DType, TensorData } from '../ir/dtype.js';
import type { Shape } from '../ir/graph.js';
import type { OnnxAttribute } from './wire.js';

/** Options of one ONNX node. */
export interface EmitOptions {
  /** Node attributes. */
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** Operator domain; ONNX's own by default. */
  readonly domain?: string;
  /** Names of the outputs; one fresh name by default. */
  readonly outputs?: readonly string[];
}

/** What an op's lowering writes ONNX with. */
export interface OnnxWriter {
  /**
   * Whether to keep to ops that every execution provider computes whole: WebGPU's has no fused
   * batched product, and its normalisations leave their second output undefined.
   */
  readonly isPortable: boolean;
  /** Whether it is for the CPU alone, which has kernels in float32 that no other device has. */
  readonly isCpu: boolean;
  /** Writes one node; returns the name of its first output. */
  emit(type: string, inputs: readonly string[], options?: EmitOptions): string;
  /** A name nobody uses yet. */
  fresh(hint: string): string;
  /**
   * Name of a weight as it is stored, if it is so in fewer bits than it has in the graph; what reads
   * it has to widen it.
   */
  narrow(name: string): string | undefined;
  /** Name of a constant. */
  constant(content: TensorData): string;
  /** Name of a scalar constant. */
  scalar(value: number, dtype: DType): string;
  /** Name of a constant int64 vector. */
  int64(values: readonly number[]): string;
  /** Name of an int64 vector holding a shape, computed from the inputs' sizes where symbolic. */
  shape(shape: Shape): string;
  /** Name of an int64 vector of one element holding a dimension. */
  dimension(dimension: Dimension): string;
}
