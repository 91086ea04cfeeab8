const hooks = new URL('../../../../../tooling/typescript/hooks.mjs', import.meta.url);
const register = `import { register } from 'node:module'; register('${hooks.href}');`;

/** For `node --import`: lets it run this workspace's TypeScript. */
export const typescriptHooks = `data:text/javascript,${encodeURIComponent(register)}`;
