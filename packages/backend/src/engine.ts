import type { Graph, StoredTensor, TensorData, TensorType } from '@q-anchor/graph';

import type { KernelTimes } from './onnx/kernel-times.js';

/** Where graphs run. */
export type Device = 'cpu' | 'webgpu' | 'cuda' | 'tensorrt' | 'coreml' | 'dml';

/** Named tensors. */
export type Tensors = Readonly<Record<string, TensorData>>;

/**
 * Named tensors, in memory or in files. ONNX Runtime maps files into memory: what it reads costs no
 * second copy, and must not change while a program lives.
 */
export type Weights = Readonly<Record<string, TensorData | StoredTensor>>;

/**
 * Tensors that stay with the engine between runs: parameters, optimiser moments, accumulators.
 *
 * Several programs of its engine may share one state; a program's updates are seen by the next run
 * of any of them. Reads, writes and runs happen in the order in which they were asked for.
 */
export interface State extends AsyncDisposable {
  /** Names of its tensors. */
  readonly names: readonly string[];
  /**
   * Copies of the tensors named; of all by default.
   *
   * @throws {@link InputError} for a name it does not have
   */
  read(names?: readonly string[]): Promise<Tensors>;
  /**
   * Overwrites tensors, which are copied.
   *
   * @throws {@link InputError} for a name it does not have, or another type or shape than the
   * tensor was made with; nothing is written then
   */
  write(tensors: Tensors): Promise<void>;
}

/** Options of {@link Engine.compile}. */
export interface CompileOptions {
  /** What errors call the program. Default `program` and a number. */
  readonly name?: string;
  /** Inputs to embed as constants: they are optimised once and need not be fed. */
  readonly weights?: Weights;
  /**
   * Bytes of weights in memory, in all, above which they travel in a temporary file, so that loading
   * them takes little more than their own size. Default 16 MiB.
   */
  readonly inlineLimitBytes?: number;
  /** Where inputs that are neither embedded nor fed come from, by name. */
  readonly state?: State;
  /** Outputs that go back into the state: state tensor by output name. */
  readonly updates?: Readonly<Record<string, string>>;
  /** Whether to time every kernel; see {@link Program.endProfile}. Slows runs down. */
  readonly profile?: boolean;
}

/** Options of {@link Program.run}. */
export interface RunOptions {
  /**
   * Where inputs that are not fed come from, by name: tensors that several runs read, and that
   * stay with the engine meanwhile, such as cached keys and values.
   */
  readonly state?: State;
  /**
   * Names of the outputs to return, of those a run returns; all by default. The others are computed
   * with the rest of the graph, but not copied.
   */
  readonly outputs?: readonly string[];
}

/** An input to feed. */
export interface ProgramInput extends TensorType {
  /** Its name. */
  readonly name: string;
}

/** A compiled graph. */
export interface Program extends AsyncDisposable {
  /** What errors call it. */
  readonly name: string;
  /** Inputs to feed at each run, in order. */
  readonly inputs: readonly ProgramInput[];
  /** Outputs a run returns, in order: those that do not go back into the state. */
  readonly outputs: readonly string[];
  /**
   * Runs the graph once. Runs of one engine follow each other in the order of their calls; the feeds
   * must not change until the promise settles. If it rejects, the state is as it was.
   *
   * @param feeds - one tensor for each of {@link Program.inputs}; others are ignored
   * @param options - a state that holds what is not fed, and is not changed; which outputs to return
   * @returns the outputs by name; they are the caller's
   * @throws {@link InputError} if a feed is missing or has the wrong type or number of elements, the
   * state is not a live one of this engine, or there is no output of a name
   * @throws {@link ShapeError} if a feed's shape is wrong, or a symbol has two sizes
   * @throws {@link EngineError} if the run fails
   */
  run(feeds: Tensors, options?: RunOptions): Promise<Tensors>;
  /**
   * Ends the profile begun at compilation and sums it up, over all runs so far.
   *
   * @throws {@link InputError} if it was not compiled with `profile`, or the profile has ended
   */
  endProfile(): Promise<KernelTimes>;
}

/** What an engine holds at a moment; for tests that nothing leaks. */
export interface LiveCounts {
  /** Programs compiled and not disposed of. */
  readonly programs: number;
  /** States made and not disposed of. */
  readonly states: number;
  /** Bytes of state tensors, with the second buffer of those that are updated. */
  readonly stateBytes: number;
}

/** Runs graphs on one device. Dispose of it when done: it owns programs, states and, maybe, a thread. */
export interface Engine extends AsyncDisposable {
  /** The device it runs on. */
  readonly device: Device;
  /**
   * Makes a state from initial tensors (copied).
   *
   * @throws {@link InputError} if content and shape of a tensor disagree
   */
  createState(initial: Tensors): Promise<State>;
  /**
   * Compiles a graph's outputs.
   *
   * @throws {@link InputError} if weights, state or updates do not fit the graph
   * @throws {@link UnavailableError} if the device is not there, or lacks an op and may not leave it
   * to the CPU
   * @throws {@link EngineError} if the graph cannot be compiled
   */
  compile(graph: Graph, options?: CompileOptions): Promise<Program>;
  /** What it holds now. */
  liveCounts(): Promise<LiveCounts>;
}
