import { InputError } from '@q-anchor/core';
import {
  createAnswerer,
  type AnswerOptions,
  type AnswerRecord,
  type StopReason,
} from '@q-anchor/dual-tower';
import { openDataset } from '@q-anchor/useru';
import { Command } from 'commander';

import { userReference } from '../ask/user-reference.js';
import type { ContextFactory } from '../command-line.js';
import type { CommandContext } from '../context.js';
import { engineOptions, openEngine, type EngineOptions } from '../engine.js';
import { integer, number } from '../options/parsers.js';
import { openRun, requireFittingDataset } from '../run/open-run.js';

interface Options extends EngineOptions, Required<Omit<AnswerOptions, 'signal'>> {
  readonly data: string;
  readonly user: string;
  readonly at?: number;
  readonly json?: true;
}

/** `q-anchor ask`. */
export function askCommand(contextOf: ContextFactory): Command {
  const command = new Command('ask')
    .description('Answer questions about a user in words; the user is read once for all of them.')
    .argument('<run>', 'a run, or a model directory')
    .argument('<question...>', 'what to ask; several questions are answered one by one')
    .requiredOption('--data <dataset>', 'a dataset directory')
    .requiredOption('--user <id>', 'the user')
    .option('--at <day>', 'the reference time, in days (default: the newest)', number(-Infinity))
    .option('--max-tokens <n>', 'tokens of an answer at most', integer(1), 200)
    .option('--temperature <t>', '0 takes the likeliest token; above it draws', number(), 0)
    .option('--top-k <n>', 'draw from the n likeliest tokens, 0 for all', integer(), 0)
    .option('--top-p <p>', 'draw from the likeliest tokens of this probability', number(), 1)
    .option('--min-p <p>', 'draw from tokens with this share of the highest', number(), 0)
    .option('--repetition-penalty <x>', 'above 1, tokens come less again', number(), 1)
    .option('--seed <n>', 'seed of the draws', integer(), 0)
    .option('--json', 'one JSON record a question');
  for (const option of engineOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      '\nExample:\n  q-anchor ask run --data simulated --user u000001 "What will this user buy next?"',
    )
    .action((run: string, questions: readonly string[], options: Options, self: Command) =>
      askAction(run, { ...options, questions, context: contextOf(self) }),
    );
}

interface Request extends Options {
  readonly questions: readonly string[];
  readonly context: CommandContext;
}

async function askAction(run: string, options: Request): Promise<void> {
  const { context, questions, data, user, at, json: isJson = false } = options;
  const { log, signal } = context;
  requireQuestions(questions);
  const { model } = await openRun(run);
  warnOfSettings(options, { isTrained: model.config.nextTokenWeight !== 0 });
  await using dataset = await openDataset(data);
  requireFittingDataset(model, dataset.info);
  const reference = await userReference(dataset, { user, ...(at !== undefined && { at }) });
  await using engine = await openEngine(options, context);
  await using answerer = await createAnswerer(engine, model);
  for await (const [profile] of dataset.profiles([reference], { signal })) {
    const prefix = await answerer.encode(profile!);
    const { referenceDays } = reference;
    log.info(`User ${user} at day ${referenceDays}: ${prefix.prefixLengths[0]} tokens`);
    for (const question of questions) {
      if (questions.length > 1) log.info(question);
      const started = performance.now();
      const answer = answerer.answer(prefix, question, { ...options, signal });
      if (!isJson) for await (const piece of answer) context.write(piece);
      const record = await answer.finished();
      const seconds = (performance.now() - started) / 1000;
      if (isJson) context.print(jsonRecord({ user, referenceDays, question, record, seconds }));
      else context.write('\n');
      signal.throwIfAborted();
      log.info(`${summaryOf(record)}; ${(record.tokenIds.length / seconds).toFixed(1)} tokens/s`);
    }
  }
  signal.throwIfAborted();
}

function requireQuestions(questions: readonly string[]): void {
  if (questions.every((question) => question.trim() !== '')) return;
  throw new InputError({ where: 'ask', expected: 'a question', found: 'an empty one' });
}

/** Tells what makes answers worth little, and which options do nothing. */
function warnOfSettings(
  { context, temperature, topK, topP, minP, seed }: Request,
  { isTrained }: { readonly isTrained: boolean },
): void {
  if (!isTrained) {
    context.log.warn(
      'The model was trained without a next-token loss (--ntp-weight 0): it has not learnt to answer',
    );
  }
  if (temperature === 0 && (topK > 0 || topP < 1 || minP > 0 || seed > 0)) {
    context.log.warn(
      'Nothing is drawn at --temperature 0: --top-k, --top-p, --min-p and --seed do nothing',
    );
  }
}

const endings: Readonly<Record<StopReason, string>> = {
  end: 'complete',
  maxTokens: 'cut at --max-tokens',
  positions: 'cut at the longest sequence of the model',
  stopped: 'stopped',
};

function summaryOf({ tokenIds, stopReason, meanLogProbability }: AnswerRecord): string {
  const surety =
    meanLogProbability === null ? '' : `, exp(${meanLogProbability.toFixed(2)}) a token`;
  return `${tokenIds.length} tokens, ${endings[stopReason]}${surety}`;
}

function jsonRecord(parts: {
  readonly user: string;
  readonly referenceDays: number;
  readonly question: string;
  readonly record: AnswerRecord;
  readonly seconds: number;
}): string {
  const { user, referenceDays, question, record, seconds } = parts;
  const { text: answer, tokenIds, stopReason, meanLogProbability } = record;
  return JSON.stringify({
    user,
    referenceDays,
    question,
    answer,
    tokens: tokenIds.length,
    stopReason,
    meanLogProbability,
    seconds: Number(seconds.toFixed(3)),
  });
}
