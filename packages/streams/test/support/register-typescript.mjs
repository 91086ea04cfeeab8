// Lets Node run the workspace's TypeScript sources, for tests that need a process of their own.
import { register } from 'node:module';

register('../../../../tooling/typescript/hooks.mjs', import.meta.url);
