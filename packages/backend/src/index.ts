export { createEngine, type EngineOptions } from './create-engine.js';
export type {
  CompileOptions,
  Device,
  Engine,
  LiveCounts,
  Program,
  ProgramInput,
  RunOptions,
  State,
  Tensors,
  Weights,
} from './engine.js';
export { EngineError } from './engine-error.js';
export { matrixProductShare, readKernelTimes, type KernelTimes } from './onnx/kernel-times.js';
export { createOnnxEngine, type OnnxEngineOptions } from './onnx/onnx-engine.js';
