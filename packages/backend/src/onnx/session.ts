import type { DType, TensorData } from '@q-anchor/graph';
import * as ort from 'onnxruntime-node';

import type { Device } from '../engine.js';
import { disableTelemetry } from './telemetry.js';

/** Settings of sessions. */
export interface SessionSettings {
  /** The device. */
  readonly device: Device;
  /** Threads of one run; ONNX Runtime's own choice by default. */
  readonly threads?: number;
  /** Whether the CPU may run what the device has no kernel for. */
  readonly cpuFallback: boolean;
  /** Prefix of a profile file to write. */
  readonly profilePrefix?: string;
  /** Where the paths of a model's external files start. */
  readonly folder?: string;
}

/** A model ready to run. */
export type Session = ort.InferenceSession;

/** A session's tensor. */
export type SessionTensor = ort.Tensor;

/** Outputs to compute: into a tensor, or into one that the session makes, for null. */
export type SessionFetches = Record<string, SessionTensor | null>;

/** What a run returns. */
export type SessionResults = Readonly<Record<string, SessionTensor>>;

/** Runs a session once. */
export async function runSession(
  session: Session,
  io: { readonly feeds: Record<string, SessionTensor>; readonly fetches: SessionFetches },
): Promise<SessionResults> {
  return await session.run(io.feeds, io.fetches);
}

/**
 * Makes a session.
 *
 * @param model - bytes of the model
 * @param settings - device, threads, profile, folder of external files
 */
export async function createSession(
  model: Uint8Array,
  settings: SessionSettings,
): Promise<Session> {
  disableTelemetry();
  const { device, threads, cpuFallback, profilePrefix, folder } = settings;
  const options: ort.InferenceSession.SessionOptions = {
    executionProviders: [device],
    graphOptimizationLevel: 'all',
    interOpNumThreads: 1,
    // The first run's layout would be kept for runs of its sizes as one block, beside what that run
    // took piece by piece: twice the memory, and no time saved.
    enableMemPattern: false,
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    ...(profilePrefix !== undefined && { enableProfiling: true, profileFilePrefix: profilePrefix }),
    extra: {
      session: {
        // Threads would go on spinning after a run, and take the cores from another program's.
        force_spinning_stop: '1',
        ...(device !== 'cpu' && !cpuFallback && { disable_cpu_ep_fallback: '1' }),
        ...(folder !== undefined && { model_external_initializers_file_folder_path: folder }),
      },
    },
    logSeverityLevel: 4, // what goes wrong is thrown; nothing is printed
  };
  return await ort.InferenceSession.create(model, options);
}

/** Content as a session's tensor, not copied. */
export function toSessionTensor({ dtype, shape, data }: TensorData): SessionTensor {
  const tensor = new ort.Tensor(dtype, data as Float32Array, shape);
  // Where there is a Float16Array the tensor makes one, which its own binding cannot read.
  if (dtype === 'float16') Object.defineProperty(tensor, 'data', { value: data });
  return tensor;
}

/** A session's tensor as content, not copied. */
export function fromSessionTensor({ type, dims, data }: SessionTensor): TensorData {
  const array = data as TensorData['data'];
  return {
    dtype: type as DType,
    shape: dims,
    // Nodes that have Float16Array get one.
    data:
      type === 'float16' ? new Uint16Array(array.buffer, array.byteOffset, array.length) : array,
  };
}

/** The devices this build of ONNX Runtime knows. */
export const knownDevices = (): readonly string[] =>
  ort.listSupportedBackends().map(({ name }) => name);
