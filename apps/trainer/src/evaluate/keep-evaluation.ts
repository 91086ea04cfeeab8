import { embeddingSize, type OpenedModel } from '@q-anchor/dual-tower';
import type { DatasetInfo } from '@q-anchor/useru';

import type { CommandContext } from '../context.js';
import { hostFacts } from '../machine.js';
import { ownVersion } from '../version.js';
import type { ScenarioEvaluation } from './evaluate-scenarios.js';
import { evaluationDetails } from './evaluation-details.js';
import { meanRows } from './mean-rows.js';
import { writeEvaluationFile, type EvaluationFile } from './evaluation-file.js';
import type { SliceEvaluation } from './slices.js';

/** Writes an evaluation with all that a report shows of it. */
export async function keepEvaluation(
  path: string,
  options: Pick<EvaluationFile, 'settings' | 'embedding'> & {
    readonly evaluations: readonly ScenarioEvaluation[];
    readonly model: Pick<OpenedModel, 'config' | 'collate' | 'digest'>;
    readonly dataset: DatasetInfo;
    readonly projectedUsers: number;
    readonly slices?: { readonly column: string; readonly rows: readonly SliceEvaluation[] };
    readonly context: Pick<CommandContext, 'progress' | 'signal' | 'log'>;
  },
): Promise<void> {
  const { model, dataset, settings, embedding, slices, context } = options;
  const { tokenizer } = model.collate;
  const detailing = context.progress('Curves and projections', { unit: 'scenarios' });
  const scenarios = await evaluationDetails(options.evaluations, {
    projection: { users: options.projectedUsers, seed: settings.seed, signal: context.signal },
    tokensOf: (question) => tokenizer.encode(question).length,
    onProgress: (done, total) => detailing.update(done, total),
  }).finally(() => detailing.stop());
  const averages = meanRows(options.evaluations, settings);
  await writeEvaluationFile(path, {
    made: { time: new Date().toISOString(), ...(await ownVersion()), ...hostFacts() },
    model: { digest: model.digest, dimensions: embeddingSize(model.config) },
    dataset: { name: dataset.name, digest: dataset.digest },
    settings,
    embedding,
    scenarios: { ...scenarios },
    ...(averages && {
      averages: { rows: { ...averages.rows }, comparisons: [...averages.comparisons] },
    }),
    ...(slices && {
      slices: {
        column: slices.column,
        rows: slices.rows.map((row) => ({ ...row, rows: { ...row.rows } })),
      },
    }),
  });
  context.log.info(`Kept for q-anchor report in ${path}`);
}
