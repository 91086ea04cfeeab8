import { Option, type Command } from 'commander';

import { integer, number } from './parsers.js';

/** The options that say who writes D_uqa. */
export interface AnnotatorOptions {
  readonly annotator: 'template' | 'llm';
  readonly topics?: string;
  readonly llmUrl?: string;
  readonly llmModel?: string;
  readonly llmKeyEnv?: string;
  readonly llmConcurrency: number;
  readonly llmTimeout: number;
  readonly llmAttempts: number;
  readonly llmOutputTokens: number;
  readonly llmPriceIn: number;
  readonly llmPriceOut: number;
  readonly llmMaxCost?: number;
  readonly llmTemperature?: number;
  readonly llmJson: 'schema' | 'object' | 'words';
}

/** Adds {@link AnnotatorOptions} to a command. */
export function addAnnotatorOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--annotator <name>', 'who writes D_uqa')
        .choices(['template', 'llm'])
        .default('template'),
    )
    .option('--topics <file>', 'life topics of your own, YAML or JSON, instead of the built-in 72')
    .option('--llm-url <address>', 'an OpenAI-compatible endpoint, e.g. http://localhost:11434/v1')
    .option('--llm-model <name>', 'the model there')
    .option('--llm-key-env <name>', 'the environment variable that holds its key')
    .option('--llm-concurrency <n>', 'users worked on at once', integer(1), 4)
    .option('--llm-timeout <seconds>', 'how long a call may take', integer(1), 120)
    .option('--llm-attempts <n>', 'attempts at one answer', integer(1), 6)
    .option('--llm-output-tokens <n>', 'tokens of an answer at most', integer(1), 2000)
    .option('--llm-price-in <price>', 'price of a million prompt tokens', number(), 0)
    .option('--llm-price-out <price>', 'price of a million answer tokens', number(), 0)
    .option('--llm-max-cost <cost>', 'stop before all calls together cost more', number())
    .option('--llm-temperature <t>', "how freely it words; the endpoint's own default", number())
    .addOption(
      new Option('--llm-json <way>', 'how JSON is asked for: what the endpoint can enforce')
        .choices(['schema', 'object', 'words'])
        .default('schema'),
    );
}
