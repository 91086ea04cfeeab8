import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  decoder,
  openModelDirectory,
  openSafetensors,
  parameterInputs,
  quantise,
  quantisedFormats,
  tokenEmbeddings,
  withFormats,
  writeSafetensors,
  type DecoderConfig,
  type ParameterSpecs,
  type TensorSource,
} from '@q-anchor/backbone';
import { createOnnxEngine, type Engine, type Program, type Weights } from '@q-anchor/backend';
import { InputError } from '@q-anchor/core';
import { createGraph, type StoredTensor, type TensorData } from '@q-anchor/graph';

import { int64Tensor } from '../workloads/tensors.js';
import type { QuantisedWeights } from '../workloads/workload.js';

/** What loading a decoder took. */
export interface LoadResult {
  /** Size of the weights as they are computed with, in MB. */
  readonly weightMB: number;
  /** Largest resident size before, of an empty process, in MB. */
  readonly baseMB: number;
  /** Largest resident size with the program compiled, in MB. */
  readonly loadedMB: number;
  /** Largest resident size after a prefix was read, in MB. */
  readonly peakMB: number;
  /** Seconds from the first look at the files to the compiled program. */
  readonly loadSeconds: number;
  /** Seconds of reading the prefix. */
  readonly prefixSeconds: number;
}

/** What {@link loadHere} loads. */
export interface LoadTask {
  /** A decoder in Hugging Face's form. */
  readonly directory: string;
  /** A file of its quantised weights, where they are. */
  readonly quantised?: string;
  /** Tokens of the prefix to read. */
  readonly tokens: number;
  /** Threads of one run; the engine's own choice by default. */
  readonly threads?: number;
}

/**
 * Largest resident size of this process. What `getrusage` says on Linux begins with the size of the
 * process that started it.
 */
function largestMB(): number {
  if (process.platform !== 'linux') return (process.resourceUsage().maxRSS * 1024) / 1e6;
  const kilobytes = /^VmHWM:\s+(\d+)/mu.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return (Number(kilobytes) * 1024) / 1e6;
}

/** The decoder of a directory. */
async function decoderIn(directory: string) {
  const model = await openModelDirectory(directory);
  if (model.kind === 'decoder') return model;
  await model.close();
  throw new InputError({ where: directory, expected: 'a decoder', found: 'a BERT encoder' });
}

/** Loads a decoder's weights from where they lie, compiles it and reads a prefix, in this process. */
export async function loadHere(task: LoadTask): Promise<LoadResult> {
  const { directory, quantised, tokens, threads } = task;
  const baseMB = largestMB();
  const startedAt = performance.now();
  await using model = await decoderIn(directory);
  await using file = quantised === undefined ? undefined : await openSafetensors(quantised);
  const weights = storedWeights(file ?? model.weights, model.parameters);
  await using engine = createOnnxEngine(threads === undefined ? {} : { threads });
  const program = await compiled(engine, {
    config: model.config,
    specs: model.parameters,
    weights,
  });
  const loadedMB = largestMB();
  const loadSeconds = (performance.now() - startedAt) / 1000;
  const readAt = performance.now();
  await program.run({
    ids: int64Tensor([1, tokens], (i) => i % model.config.vocabularySize),
    segments: int64Tensor([1, tokens], () => 0),
    positions: int64Tensor([1, tokens], (i) => i),
  });
  return {
    weightMB: bytesOf(weights) / 1e6,
    baseMB,
    loadedMB,
    peakMB: largestMB(),
    loadSeconds,
    prefixSeconds: (performance.now() - readAt) / 1000,
  };
}

/** The weights of the layers and the embedding table; an untied output layer takes no part. */
function storedWeights(source: TensorSource, specs: ParameterSpecs): Record<string, StoredTensor> {
  const isUsed = (name: string): boolean =>
    Object.keys(specs).some((spec) => name === spec || name.startsWith(`${spec}.`));
  const names = source.names.filter((name) => isUsed(name) && !name.startsWith('lm_head.'));
  return Object.fromEntries(names.map((name) => [name, source.stored(name)]));
}

async function compiled(
  engine: Engine,
  {
    config,
    specs,
    weights,
  }: {
    readonly config: DecoderConfig;
    readonly specs: ParameterSpecs;
    readonly weights: Weights;
  },
): Promise<Program> {
  const { 'lm_head.weight': _, ...used } = specs;
  const graph = createGraph();
  const lookup = parameterInputs(graph, withFormats(used, weights));
  const input = (name: string) => graph.input(name, [1, 'time'], 'int64');
  const embeddings = tokenEmbeddings(lookup, input('ids'));
  const layout = { segments: input('segments'), positions: input('positions') };
  graph.output('hidden', decoder(lookup, { config, embeddings, layout }).hidden);
  return await engine.compile(graph, { weights });
}

/** Bytes of weights where they are computed with: half floats as float32. */
const bytesOf = (weights: Readonly<Record<string, StoredTensor>>): number =>
  Object.values(weights).reduce(
    (sum, { file }) => sum + file.byteLength * (file.encoding === undefined ? 1 : 2),
    0,
  );

/** A file of a decoder's quantised weights in a folder of its own. */
export interface QuantisedFile {
  /** The file. */
  readonly path: string;
  /** Removes it. */
  remove(): Promise<void>;
}

/** Quantises the weights of a directory into a temporary file. */
export async function quantisedFile(
  directory: string,
  precision: QuantisedWeights,
): Promise<QuantisedFile> {
  const folder = await mkdtemp(join(tmpdir(), 'q-anchor-bench-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await using model = await decoderIn(directory);
    const tensors: Record<string, TensorData> = {};
    for (const [name, { shape }] of Object.entries(model.parameters)) {
      const tensor = {
        dtype: 'float32',
        shape,
        data: await model.weights.readFloat32(name),
      } as const;
      if (shape.length === 2)
        Object.assign(tensors, quantise(name, tensor, quantisedFormats[precision]));
      else tensors[name] = tensor;
    }
    const path = join(folder, 'model.safetensors');
    await writeSafetensors(path, tensors);
    return { path, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
