import { parentPort, workerData } from 'node:worker_threads';

import { planeOf } from './plane.js';

const { data, columns } = workerData as { readonly data: Float64Array; readonly columns: number };
const port = parentPort!;
port.postMessage(planeOf(data, columns));
