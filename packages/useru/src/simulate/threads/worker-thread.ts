// What runs in a simulating thread: chunks by messages, one at a time.
import { parentPort } from 'node:worker_threads';

import type { ChunkRequest } from '../chunks.js';
import { writeChunk } from '../write-chunk.js';
import type { ThreadAnswer } from './thread-answer.js';

const port = parentPort!;
const send = (answer: ThreadAnswer): void => port.postMessage(answer);

port.on('message', (request: ChunkRequest) => {
  writeChunk(request).then(
    (outcome) => send({ kind: 'done', outcome }),
    (error: unknown) =>
      send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
});
