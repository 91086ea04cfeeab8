// Stands in the source tree where `simulate-worker.js` stands in the built package: Node 20 runs no
// TypeScript, so tests start the thread through this loader, with the hooks that the engine's uses.
import { register } from 'node:module';

register('../../../../backend/src/worker/typescript-hooks.js', import.meta.url);
await import('./worker-thread.ts');
