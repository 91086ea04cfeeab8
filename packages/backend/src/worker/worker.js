// Stands in the source tree where `worker.js` stands in the built package: Node 20 runs no
// TypeScript, so tests start the thread through this loader.
import { register } from 'node:module';

register('../../../../tooling/typescript/hooks.mjs', import.meta.url);
await import('./thread.ts');
