// Stands in the source tree where `row-worker.js` stands in the built command: Node 20 runs no
// TypeScript, so tests start the thread through this loader.
import { register } from 'node:module';

register('../../../../../tooling/typescript/hooks.mjs', import.meta.url);
export default (await import('./thread.ts')).default;
