import type { DecoderConfig } from '@q-anchor/backbone';
import type { Program } from '@q-anchor/backend';
import type { TensorData } from '@q-anchor/graph';

import { givenFeeds } from './given-tokens.js';
import { pastFeeds } from './past-inputs.js';
import { prefixBlock, type PrefixCache } from './prefix-cache.js';
import { readPrefix } from './read-prefix.js';
import type { ReadingGraph } from './reading-graph.js';
import type { UserTokens } from './user-encoder.js';

/**
 * Keys and values of prefix tokens, by a program that reads prefixes and queries.
 *
 * @param users - the tokens
 * @param options - the program and its graph, the decoder's shape, feeds that say there is no query
 */
export function encodeTokens(
  users: UserTokens,
  options: {
    readonly program: Program;
    readonly reading: ReadingGraph;
    readonly decoder: DecoderConfig;
    readonly nothingAsked: Readonly<Record<string, TensorData>>;
  },
): Promise<PrefixCache> {
  const { program, reading, decoder, nothingAsked } = options;
  return readPrefix(users, {
    decoder,
    read: async (part, past) => {
      const feeds = { ...givenFeeds(part), ...pastFeeds(prefixBlock, past), ...nothingAsked };
      return reading.layersIn(await program.run(feeds, { outputs: reading.cacheOutputs }));
    },
  });
}
