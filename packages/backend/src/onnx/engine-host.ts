import type { LiveCounts, Tensors } from '../engine.js';
import type { KernelTimes } from './kernel-times.js';

/** A serialised program, as it crosses to where it runs. */
export interface ProgramSource {
  /** What errors call it. */
  readonly name: string;
  /** The model's bytes. */
  readonly model: Uint8Array;
  /** Where the paths of its external files start. */
  readonly folder?: string;
  /** The state it reads and updates. */
  readonly state?: number;
  /** Inputs that come from the state. */
  readonly resident: readonly string[];
  /** State tensor by the output that goes back into it. */
  readonly updates: Readonly<Record<string, string>>;
  /** Whether the model begins with a fence. */
  readonly isFenced: boolean;
  /** Whether to time its kernels. */
  readonly isProfiled: boolean;
}

/** What one run is given. */
export interface RunRequest {
  /** Inputs by name, without the resident and the lent ones. */
  readonly feeds: Tensors;
  /** A state, and the inputs that come from it in this run. */
  readonly lent?: { readonly state: number; readonly names: readonly string[] };
  /** Names of the outputs to return. */
  readonly outputs: readonly string[];
  /** Buffers for all outputs to return, if the program is fenced. */
  readonly buffers?: Tensors;
}

/**
 * ONNX Runtime behind calls of plain data, so that it can live in this thread or in another.
 * Programs and states go by number; arguments were checked by the caller, who gives away the
 * tensors he hands in, feeds excepted.
 */
export interface EngineHost {
  createState(initial: Tensors): Promise<number>;
  readState(state: number, names: readonly string[]): Promise<Tensors>;
  writeState(state: number, tensors: Tensors): Promise<void>;
  disposeState(state: number): Promise<void>;
  compile(source: ProgramSource): Promise<number>;
  run(program: number, request: RunRequest): Promise<Tensors>;
  endProfile(program: number): Promise<KernelTimes>;
  disposeProgram(program: number): Promise<void>;
  liveCounts(): Promise<LiveCounts>;
  /** Drops everything, after what was asked for before. */
  dispose(): Promise<void>;
}
