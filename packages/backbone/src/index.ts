export { bertConfigFrom, bertConfigToJson, type BertConfig } from './bert/config.js';
export { bertEncoder, type BertInput } from './bert/encoder.js';
export { bertParameters } from './bert/parameters.js';
export { pooled, type BertPooling } from './bert/pooled.js';
export { openCheckpoint } from './checkpoint/open-checkpoint.js';
export type { SafetensorsDType } from './safetensors/dtypes.js';
export { decodeFloat16, encodeFloat16 } from './safetensors/half-floats.js';
export type { TensorInfo } from './safetensors/header.js';
export type { GenerationDefaults } from './huggingface/generation-defaults.js';
export {
  openModelDirectory,
  type BertDirectory,
  type DecoderDirectory,
  type ModelDirectory,
  type ModelDirectoryFiles,
} from './huggingface/open-model-directory.js';
export { pullModel, type PulledModel, type PullOptions } from './huggingface/pull/pull-model.js';
export {
  checkParameters,
  readParameters,
  type ReadParametersOptions,
} from './huggingface/read-parameters.js';
export type { ChatMarkers, SpecialToken, SpecialTokens } from './huggingface/special-tokens.js';
export { openSafetensors } from './safetensors/open-safetensors.js';
export type { ByteRange, TensorSource } from './safetensors/tensor-source.js';
export {
  writeSafetensors,
  type Float32Storage,
  type StreamedTensor,
  type WriteSafetensorsOptions,
} from './safetensors/write-safetensors.js';
export {
  createTokenizer,
  type CreateTokenizerOptions,
  type Tokenizer,
} from './tokenizer/create-tokenizer.js';
export { withSpecialTokens } from './tokenizer/special-tokens.js';
export { loadTokenizer, saveTokenizer } from './tokenizer/tokenizer-files.js';
export type {
  AddedToken,
  BytePairModel,
  TokenizerJson,
  WordPieceModel,
} from './tokenizer/tokenizer-json.js';
export { trainTokenizer, type TrainTokenizerOptions } from './tokenizer/train-tokenizer.js';
export {
  addedTokensName,
  addedTokensParameters,
  initialAddedTokens,
  type AddedTokens,
} from './decoder/added-tokens.js';
export { decoderConfigFrom, decoderConfigToJson, type DecoderConfig } from './decoder/config.js';
export {
  decoder,
  nextTokenLogits,
  outputWeight,
  tokenEmbeddings,
  type DecoderInput,
  type DecoderOptions,
  type DecoderOutput,
} from './decoder/decoder.js';
export type { LayerCache, PastLayer, PastTokens } from './decoder/layer-attention.js';
export type { ChannelRange, PastRanges } from './decoder/past-ranges.js';
export {
  decoderParameters,
  initialParameters,
  parameterInputs,
  type InitialisationOptions,
  type ParameterKind,
  type ParameterSpec,
  type ParameterSpecs,
  type ParameterLookup,
} from './decoder/parameters.js';
export { rotaryTable, type TokenRotations } from './decoder/rotary-table.js';
export type { LoraConfig } from './lora/config.js';
export { loraLinear, type LoraLinearOptions } from './lora/lora-linear.js';
export { mergeLora, unmergeLora } from './lora/merge.js';
export { loraParameters } from './lora/parameters.js';
export { targetedProjections, type Projection } from './lora/targets.js';
export { loraConfigFrom, loraConfigToJson, type PeftTask } from './peft/adapter-config.js';
export { adapterFiles, readAdapters, writeAdapters, type Adapters } from './peft/adapter-files.js';
export { weightLinear, weightLinears, weightRows } from './decoder/weight-linear.js';
export { dequantiseParameter } from './quantised/dequantise-parameter.js';
export { quantisedFormats, quantisedNames, type QuantisedFormat } from './quantised/format.js';
export { quantise } from './quantised/quantise.js';
export { tensorsOf, withFormats, type StoredSpec } from './quantised/quantised-specs.js';
