export { gradients } from './autodiff/gradients.js';
export { withGradient } from './autodiff/with-gradient.js';
export {
  differenceOf,
  productOf,
  sizeOf,
  sumOf,
  symbolsOf,
  type Dimension,
} from './ir/dimension.js';
export {
  arrayFrom,
  arrayOf,
  bytesPerElement,
  isFloat,
  isStored,
  type DType,
  type FloatDType,
  type StoredBytes,
  type StoredTensor,
  type TensorArray,
  type TensorData,
} from './ir/dtype.js';
export {
  createGraph,
  type GradientRule,
  type Graph,
  type GraphNode,
  type Shape,
  type Tensor,
  type TensorType,
} from './ir/graph.js';
export type { LoweringContext, OpDefinition, VjpContext } from './ir/op.js';
export { serialiseOnnx, type SerialisedGraph, type SerialiseOptions } from './onnx/serialise.js';
export type { OnnxAttribute } from './onnx/wire.js';
export type { EmitOptions, OnnxWriter } from './onnx/writer.js';
export {
  adamW,
  type AdamWOptions,
  type AdamWParameter,
  type AdamWUpdate,
} from './optimiser/adamw.js';
export { warmupCosineRate, type WarmupCosine } from './optimiser/schedule.js';
export { add } from './ops/add.js';
export { arange } from './ops/arange.js';
export { attention, type AttentionBlock, type AttentionResult } from './ops/attention.js';
export { broadcastTo } from './ops/broadcast-to.js';
export { cast } from './ops/cast.js';
export { concat } from './ops/concat.js';
export { cosine } from './ops/cosine.js';
export { dequantise, type QuantisedRows } from './ops/dequantise.js';
export { dimensionValue } from './ops/dimension-value.js';
export { divide } from './ops/divide.js';
export { dropout, type DropoutOptions } from './ops/dropout.js';
export type { Operand } from './ops/elementwise.js';
export { equal } from './ops/equal.js';
export { erf } from './ops/erf.js';
export { exp } from './ops/exp.js';
export { gather, type GatherOptions } from './ops/gather.js';
export { gelu } from './ops/gelu.js';
export { greater } from './ops/greater.js';
export { greaterOrEqual } from './ops/greater-or-equal.js';
export { layerNorm } from './ops/layer-norm.js';
export { linear, type LinearWeights } from './ops/linear.js';
export { linearCrossEntropy, type LinearCrossEntropyOptions } from './ops/linear-cross-entropy.js';
export { log } from './ops/log.js';
export { logSoftmax } from './ops/log-softmax.js';
export { logSumExp } from './ops/log-sum-exp.js';
export { logicalAnd } from './ops/logical-and.js';
export { logicalOr } from './ops/logical-or.js';
export { matmul, type MatmulOptions } from './ops/matmul.js';
export { maximum } from './ops/maximum.js';
export { multiply } from './ops/multiply.js';
export { negate } from './ops/negate.js';
export { pad, type PadOptions } from './ops/pad.js';
export { quantisedLinear, type QuantisedLinearWeights } from './ops/quantised-linear.js';
export { reduceMax } from './ops/reduce-max.js';
export { reduceMean } from './ops/reduce-mean.js';
export { reduceSum, type ReduceOptions } from './ops/reduce-sum.js';
export { relu } from './ops/relu.js';
export { reshape } from './ops/reshape.js';
export { rmsNorm } from './ops/rms-norm.js';
export { rotary, type RotaryTable } from './ops/rotary.js';
export { scatterAdd, type ScatterAddOptions } from './ops/scatter-add.js';
export { segmentMask, type TokenLayout } from './ops/segment-mask.js';
export { sigmoid } from './ops/sigmoid.js';
export { silu } from './ops/silu.js';
export { sine } from './ops/sine.js';
export { slice, type SliceOptions } from './ops/slice.js';
export { softmax } from './ops/softmax.js';
export { sqrt } from './ops/sqrt.js';
export { stopGradient } from './ops/stop-gradient.js';
export { subtract } from './ops/subtract.js';
export { sumOfSquares } from './ops/sum-of-squares.js';
export { swiglu } from './ops/swiglu.js';
export { tanh } from './ops/tanh.js';
export { transpose } from './ops/transpose.js';
export { where } from './ops/where.js';
