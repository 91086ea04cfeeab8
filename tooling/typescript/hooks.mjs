// Module hooks that let Node 20 import this workspace's TypeScript: for tests that need a thread or a
// process of their own.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const cache = new URL('../../node_modules/.cache/typescript-hooks/', import.meta.url);

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
  const source = await readFile(fileURLToPath(url), 'utf8');
  return { format: 'module', source: await withoutTypes(source), shortCircuit: true };
}

// Loading the compiler takes longer than everything else here, so results are kept by content.
async function withoutTypes(source) {
  const path = new URL(`${createHash('sha256').update(source).digest('hex')}.js`, cache);
  try {
    return await readFile(path, 'utf8');
  } catch {
    const { default: typescript } = await import('typescript');
    const { ModuleKind, ScriptTarget, transpileModule } = typescript;
    const { outputText } = transpileModule(source, {
      compilerOptions: {
        module: ModuleKind.ESNext,
        target: ScriptTarget.ES2022,
        verbatimModuleSyntax: true,
      },
    });
    await mkdir(cache, { recursive: true });
    const temporary = new URL(`${randomUUID()}.partial`, cache);
    await writeFile(temporary, outputText);
    await rename(temporary, path);
    return outputText;
  }
}
