import { join } from 'node:path';

import { InputError } from '@q-anchor/core';
import { openLlmAnnotator, type Dataset, type LifeTopic, type LlmAnnotator } from '@q-anchor/useru';

import type { AnnotatorOptions } from '../options/annotator-options.js';

const required = (value: string | undefined, flag: string): string => {
  if (value !== undefined && value !== '') return value;
  throw new InputError({
    where: flag,
    expected: 'a value, since --annotator is llm',
    found: 'nothing',
  });
};

const keyFrom = (name: string | undefined): { readonly apiKey?: string } => {
  if (name === undefined) return {};
  const apiKey = process.env[name];
  if (apiKey !== undefined && apiKey !== '') return { apiKey };
  throw new InputError({
    where: '--llm-key-env',
    expected: 'the name of an environment variable with a key in it',
    found: `"${name}", which is not set`,
  });
};

/** The language-model annotator that the options ask for; nothing where they ask for templates. */
export async function openAnnotator(
  options: AnnotatorOptions,
  data: { readonly dataset: Dataset; readonly topics: readonly LifeTopic[] | undefined },
): Promise<LlmAnnotator | undefined> {
  if (options.annotator === 'template') return undefined;
  const { dataset, topics } = data;
  const { llmMaxCost, llmPriceIn, llmPriceOut, llmTemperature } = options;
  if (llmMaxCost !== undefined && llmPriceIn + llmPriceOut === 0) {
    throw new InputError({
      where: '--llm-max-cost',
      expected: 'prices to count with',
      found: 'none',
      fix: 'Give --llm-price-in and --llm-price-out',
    });
  }
  return openLlmAnnotator({
    url: required(options.llmUrl, '--llm-url'),
    model: required(options.llmModel, '--llm-model'),
    ...keyFrom(options.llmKeyEnv),
    directory: join(dataset.directory, 'annotations'),
    private: dataset.info.private,
    windowDays: dataset.info.windowDays,
    maxEvents: Object.fromEntries(
      dataset.info.modalities.map(({ name, maxEvents }) => [name, maxEvents]),
    ),
    ...(topics === undefined ? {} : { topics }),
    concurrency: options.llmConcurrency,
    timeoutSeconds: options.llmTimeout,
    maxAttempts: options.llmAttempts,
    maxOutputTokens: options.llmOutputTokens,
    prices: { inputPerMillion: llmPriceIn, outputPerMillion: llmPriceOut },
    ...(llmMaxCost === undefined ? {} : { maxCost: llmMaxCost }),
    ...(llmTemperature === undefined ? {} : { temperature: llmTemperature }),
    structuredOutput: options.llmJson,
  });
}

/** What a language model did and cost, in lines. */
export function annotatorText(annotator: LlmAnnotator): string {
  const counts = { ...annotator.report(), ...annotator.effort() };
  const of = (name: string): number => counts[name] ?? 0;
  const skipped = annotator.skipped();
  const shown = skipped.slice(0, 5).map(({ topic, reason }) => `\n  ${topic}: ${reason}`);
  return (
    `Language model: ${of('drafted')} pairs drafted, ${of('supported')} supported, ` +
    `${of('revised')} revised, ${of('dropped')} dropped (${(100 * of('dropRate')).toFixed(1)} %); ` +
    `${of('requests')} requests, ${of('retries')} of them tried again, ` +
    `${of('reusedAnswers')} answers from the journal; ` +
    `${of('promptTokens')} + ${of('completionTokens')} tokens, cost ${of('cost').toFixed(4)}` +
    (of('skipped') === 0
      ? ''
      : `\n${of('skipped')} topics skipped without a valid answer, such as${shown.join('')}`)
  );
}
