import type { OnnxWriter } from '../onnx/writer.js';
import type { GraphNode, Tensor, TensorType } from './graph.js';

/** What a vector-Jacobian product is computed from. */
export interface VjpContext<A> {
  /** The op's attributes. */
  readonly attributes: A;
  /** What the node read. */
  readonly inputs: readonly Tensor[];
  /** What the node made. */
  readonly outputs: readonly Tensor[];
  /** Gradient of each output; `undefined` where none flows. */
  readonly gradients: readonly (Tensor | undefined)[];
  /** Whether each input's gradient is wanted. */
  readonly needed: readonly boolean[];
}

/** A node as an engine's lowering sees it. */
export interface LoweringContext<A> {
  /** The op's attributes. */
  readonly attributes: A;
  /** The node itself: types of what it reads and makes. */
  readonly node: GraphNode;
  /** Names of what it reads. */
  readonly inputs: readonly string[];
  /** Names it must give to what it makes. */
  readonly outputs: readonly string[];
}

/** An op: its shape rule, its ONNX lowering, its gradient. */
export interface OpDefinition<A = undefined> {
  /** Its name, unique among ops. */
  readonly name: string;
  /** Types of the outputs; throws a `ShapeError` naming the op where the inputs do not fit. */
  infer(inputs: readonly Tensor[], attributes: A): readonly TensorType[];
  /** Writes the ONNX nodes that compute it. */
  lower(writer: OnnxWriter, context: LoweringContext<A>): void;
  /** Vector-Jacobian product: gradients of the inputs. Absent where the op has no gradient. */
  vjp?(context: VjpContext<A>): readonly (Tensor | undefined)[];
}
