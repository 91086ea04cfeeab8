import type { Engine } from '@q-anchor/backend';
import type { UserProfile } from '@q-anchor/core';
import {
  averagedEmbeddings,
  createEmbedder,
  type EmbedderOptions,
  type ServedModel,
} from '@q-anchor/dual-tower';
import { createTunedEmbedder, type PromptedQueries } from '@q-anchor/prompt-tuning';

/** What users are embedded for. */
export interface Asked {
  /** Lists of questions, whose embeddings are averaged. */
  readonly queries: readonly (readonly string[])[];
  /** Questions behind tuned prompts, whose embeddings are averaged too. */
  readonly prompted: readonly PromptedQueries[];
  /** How event texts' embeddings are kept. Default as the model's embedder does. */
  readonly textCache?: EmbedderOptions['textCache'];
}

/** Embeddings of users for what was asked. */
export interface AskedEmbeddings {
  /** `[users, lists of questions, dimensions]`. */
  readonly queries: Float32Array;
  /** `[users, prompted, dimensions]`. */
  readonly prompted: Float32Array;
}

/** Embeds users for lists of questions and tuned prompts, each user's prefix read once for all. */
export interface AskedEmbedder extends AsyncDisposable {
  /** Size of an embedding. */
  readonly dimensions: number;
  /** Embeddings of at least one user. */
  embed(profiles: readonly UserProfile[]): Promise<AskedEmbeddings>;
}

/** Compiles a model for what is asked, at least one list or prompt. */
export async function createAskedEmbedder(
  engine: Engine,
  model: ServedModel,
  { queries, prompted, textCache }: Asked,
): Promise<AskedEmbedder> {
  if (prompted.length === 0) {
    const plain = await createEmbedder(engine, { ...model, textCache });
    return {
      dimensions: plain.dimensions,
      embed: async (profiles) => ({
        queries: await averagedEmbeddings(plain, { profiles, queries }),
        prompted: new Float32Array(0),
      }),
      [Symbol.asyncDispose]: () => plain[Symbol.asyncDispose](),
    };
  }
  const embedder = await createTunedEmbedder(engine, model, { textCache });
  const { dimensions } = embedder;
  return {
    dimensions,
    async embed(profiles) {
      let tuned = new Float32Array(0);
      const answered = async (questions: readonly string[]): Promise<Float32Array> => {
        const rows = await embedder.embed(profiles, [...prompted, ...questions]);
        const width = (prompted.length + questions.length) * dimensions;
        tuned = columnsOf(rows, { width, start: 0, end: prompted.length * dimensions });
        return columnsOf(rows, { width, start: prompted.length * dimensions, end: width });
      };
      const averaged =
        queries.length === 0
          ? await answered([])
          : await averagedEmbeddings(
              { dimensions, embed: (_, questions) => answered(questions) },
              { profiles, queries },
            );
      return { queries: averaged, prompted: tuned };
    },
    [Symbol.asyncDispose]: () => embedder[Symbol.asyncDispose](),
  };
}

function columnsOf(
  rows: Float32Array,
  { width, start, end }: { readonly width: number; readonly start: number; readonly end: number },
): Float32Array<ArrayBuffer> {
  const count = rows.length / width;
  const out = new Float32Array(count * (end - start));
  for (let row = 0; row < count; row++) {
    out.set(rows.subarray(row * width + start, row * width + end), row * (end - start));
  }
  return out;
}
