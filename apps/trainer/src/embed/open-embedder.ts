import type { ServedModel } from '@q-anchor/dual-tower';

import type { CommandContext } from '../context.js';
import { openEngine, type EngineOptions } from '../engine.js';
import {
  createAskedEmbedder,
  type Asked,
  type AskedEmbedder,
} from '../scenarios/asked-embedder.js';
import type { EmbeddingQuery } from './embedding-queries.js';

/** Compiles a model for what is asked, on an engine of its own that ends with it. */
export async function openEmbedder(
  options: EngineOptions,
  {
    model,
    asked,
    context,
    textCache,
  }: {
    readonly model: ServedModel;
    readonly asked: readonly EmbeddingQuery[];
    readonly context: Pick<CommandContext, 'log'>;
    readonly textCache?: Asked['textCache'];
  },
): Promise<AskedEmbedder> {
  const engine = await openEngine(options, context);
  try {
    const embedder = await createAskedEmbedder(engine, model, {
      queries: asked.flatMap((one) => (one.artefact ? [] : [one.queries])),
      prompted: asked.flatMap(({ artefact }) => artefact ?? []),
      textCache,
    });
    return {
      dimensions: embedder.dimensions,
      embed: (profiles) => embedder.embed(profiles),
      async [Symbol.asyncDispose]() {
        await embedder[Symbol.asyncDispose]();
        await engine[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}
