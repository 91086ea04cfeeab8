import {
  bertEncoder,
  bertParameters,
  loraParameters,
  pooled,
  type ParameterSpecs,
} from '@q-anchor/backbone';
import { InputError } from '@q-anchor/core';
import { gather, type Tensor } from '@q-anchor/graph';

import type { BertTextConfig } from './config.js';
import { eventsOf, textInputNames, textNames } from './names.js';
import { parametersBelow } from './parameters-below.js';
import { textRows } from './text-rows.js';
import type { EventTextEncoder, TextTokenizer } from './text-encoder.js';

/** Tokens a run, padding counted: bounds the memory of the layers' inner states. */
const tokensPerRun = 8192;

/** Names of the tokens that BERT puts around a text. */
const markers = { start: '[CLS]', end: '[SEP]' } as const;

/**
 * A BERT encoder: a text stands between `[CLS]` and `[SEP]`, each distinct one is encoded once.
 *
 * @param config - the encoder's shape, pooling and adapters
 */
export function bertTextEncoder(config: BertTextConfig): EventTextEncoder {
  const { bert, pooling, lora } = config;
  const base = bertParameters(bert);
  const frozen = below(base);
  return {
    kind: 'bert',
    parameters: { ...frozen, ...(lora && below(loraParameters(base, lora))) },
    frozen: Object.keys(frozen),
    shared: [],
    isFrozen: !lora,
    tokenIds(text, { textTokenizer, maxTokens }) {
      const tokenizer = required(textTokenizer);
      const room = Math.max(0, Math.min(maxTokens, bert.maxPositions) - 2);
      return [
        tokenizer.specialId(markers.start),
        ...tokenizer.encode(text).slice(0, room),
        tokenizer.specialId(markers.end),
      ];
    },
    feeds: textRows,
    embed(graph, { parameters, groups, dropoutSeed }) {
      const input = (name: string): Tensor => graph.input(name, ['texts', 'text_time'], 'int64');
      const mask = input(textInputNames.mask);
      const hidden = bertEncoder(parametersBelow(parameters, textNames.bert), {
        config: bert,
        tokens: input(textInputNames.tokens),
        mask,
        ...(lora && { lora }),
        ...(dropoutSeed && { dropoutSeed }),
      });
      const rows = pooled(hidden, { pooling, mask });
      return groups.map((group) =>
        gather(rows, graph.input(textInputNames.rows(group), [eventsOf(group)], 'int64')),
      );
    },
    runs: runsOfLikeLength,
  };
}

const below = (specs: ParameterSpecs): ParameterSpecs =>
  Object.fromEntries(Object.entries(specs).map(([name, spec]) => [textNames.bert + name, spec]));

function required(tokenizer: TextTokenizer | undefined): TextTokenizer {
  if (tokenizer) return tokenizer;
  throw new InputError({
    where: 'text encoder',
    expected: "textTokenizer: BERT's tokenizer, beside the model's",
    found: 'none',
    fix: "Load it from the encoder's own directory",
  });
}

/** The shortest first, as many as fit; none much longer than the first, so that little is padding. */
function runsOfLikeLength(lengths: readonly number[]): readonly (readonly number[])[] {
  const order = [...lengths.keys()].toSorted((a, b) => lengths[a]! - lengths[b]! || a - b);
  const runs: number[][] = [];
  for (const index of order) {
    const run = runs.at(-1);
    const length = lengths[index]!;
    const fits =
      run !== undefined &&
      (run.length + 1) * length <= tokensPerRun &&
      length <= 1.25 * lengths[run[0]!]! + 2;
    if (fits) run.push(index);
    else runs.push([index]);
  }
  return runs;
}
