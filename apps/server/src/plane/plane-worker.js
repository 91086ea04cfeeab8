// Stands in the source tree where `plane-worker.js` stands in the built command: Node 20 runs no
// TypeScript, so tests start the thread through this loader.
import { register } from 'node:module';

register('../../../../tooling/typescript/hooks.mjs', import.meta.url);
await import('./thread.ts');
