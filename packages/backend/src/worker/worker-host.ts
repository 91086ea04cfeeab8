import type { Device } from '../engine.js';
import type { EngineHost } from '../onnx/engine-host.js';
import { createFeedBuffers } from './feed-buffers.js';
import type { WorkerSettings } from './protocol.js';
import { openWorkerChannel } from './worker-channel.js';

/** A host in a thread of its own. */
export interface WorkerHost {
  readonly host: EngineHost;
  /** The device it runs on. */
  readonly device: Device;
}

/** Bytes of buffers that wait for the next feeds. */
const maxIdleBytes = 2 ** 27;

/**
 * Starts a thread with a host in it.
 *
 * @throws {@link UnavailableError} if the device is not there
 * @throws {@link EngineError} if the thread does not start
 */
export async function createWorkerHost(settings: WorkerSettings): Promise<WorkerHost> {
  const { device, call, lend, close } = await openWorkerChannel(settings);
  const buffers = createFeedBuffers({ maxBytes: maxIdleBytes });
  const host: EngineHost = {
    createState: (initial) => call('createState', initial),
    readState: (state, names) => call('readState', state, names),
    writeState: (state, tensors) => call('writeState', state, tensors),
    disposeState: (state) => call('disposeState', state),
    compile: (source) => call('compile', source),
    // The caller keeps his feeds: copies travel.
    run: (program, request) => {
      const { feeds, buffer } = buffers.packed(request.feeds);
      return lend({
        method: 'run',
        args: [program, { ...request, feeds }],
        buffer,
        giveBack: (back) => buffers.giveBack(back),
      });
    },
    endProfile: (program) => call('endProfile', program),
    disposeProgram: (program) => call('disposeProgram', program),
    liveCounts: () => call('liveCounts'),
    dispose: close,
  };
  return { host, device };
}
