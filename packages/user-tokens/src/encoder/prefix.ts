import { tokenEmbeddings, type ParameterLookup } from '@q-anchor/backbone';
import {
  broadcastTo,
  concat,
  gather,
  reshape,
  type FloatDType,
  type Graph,
  type Tensor,
  type TokenLayout,
} from '@q-anchor/graph';

import type { UserTokensConfig } from '../config.js';
import { hierarchicalTokens } from './hierarchy.js';
import { embedEvents, userInputNames, type TextSource } from './inputs.js';

/** The prefixes of a batch of users. */
export interface UserPrefix {
  /** Token embeddings `[batch, prefix, D]`; zero at padding. */
  readonly embeddings: Tensor;
  /** Segment 0 at tokens, -1 at padding; positions from 0. */
  readonly layout: TokenLayout;
}

/**
 * The prefix tokens of a batch of users, in the order their slots say.
 *
 * All tokens stand in one table, row 0 zero for padding: user tokens, modality tokens, the
 * constant tokens (header and markers) once per user, and event tokens by modality; a slot is a
 * row's number, and no row but 0 is used twice.
 *
 * @param graph - the graph; inputs are declared as {@link userInputNames}
 * @param options - configuration, parameters of encoder and decoder, text source, element type; in
 *   training a seed `int64 []` for the dropout of the text encoder's adapters
 */
export function userPrefix(
  graph: Graph,
  options: {
    readonly config: UserTokensConfig;
    readonly parameters: ParameterLookup;
    readonly textSource: TextSource;
    readonly dtype?: FloatDType | undefined;
    readonly dropoutSeed?: Tensor | undefined;
  },
): UserPrefix {
  const { config, parameters, dtype = 'float32' } = options;
  const { width } = config;
  const modalities = embedEvents(graph, options);
  const modalityWeights = graph.input(
    userInputNames.modalityWeights,
    ['batch', modalities.length],
    dtype,
  );
  const tokens = hierarchicalTokens(parameters, { modalities, modalityWeights });
  const constants = tokenEmbeddings(
    parameters,
    graph.input(userInputNames.constantTokens, ['constant_tokens'], 'int64'),
  );
  const perUser = broadcastTo(reshape(constants, [1, 'constant_tokens', width]), [
    'batch',
    'constant_tokens',
    width,
  ]);
  const zero = graph.constant({
    dtype,
    shape: [1, width],
    data: dtype === 'float32' ? new Float32Array(width) : new Float64Array(width),
  });
  const table = concat(
    [
      zero,
      tokens.user,
      tokens.modality,
      reshape(perUser, ['batch*constant_tokens', width]),
      ...tokens.events,
    ],
    0,
  );
  const slots = graph.input(userInputNames.slots, ['batch', 'prefix'], 'int64');
  return {
    embeddings: gather(table, slots, { isDistinct: true }),
    layout: {
      segments: graph.input(userInputNames.segments, ['batch', 'prefix'], 'int64'),
      positions: graph.input(userInputNames.positions, ['batch', 'prefix'], 'int64'),
    },
  };
}
