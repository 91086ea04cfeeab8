// Module hooks that let Node import this workspace's TypeScript; see worker.js.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import typescript from 'typescript';

const { ModuleKind, ScriptTarget, transpileModule } = typescript;

/** Resolves workspace packages to their source, and the `.js` of an import to its `.ts`. */
export async function resolve(specifier, context, nextResolve) {
  const isOwn = context.parentURL?.endsWith('.ts') && specifier.startsWith('.');
  return await nextResolve(isOwn ? specifier.replace(/\.js$/, '.ts') : specifier, {
    ...context,
    conditions: [...context.conditions, '@q-anchor/source'],
  });
}

/** Strips the types. */
export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return await nextLoad(url, context);
  const compilerOptions = { module: ModuleKind.ESNext, target: ScriptTarget.ES2022 };
  const { outputText } = transpileModule(await readFile(fileURLToPath(url), 'utf8'), {
    compilerOptions: { ...compilerOptions, verbatimModuleSyntax: true },
  });
  return { format: 'module', source: outputText, shortCircuit: true };
}
