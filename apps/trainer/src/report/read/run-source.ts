import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

import { InputError, pathExists } from '@q-anchor/core';

import {
  readEvaluationFile,
  runEvaluationFile,
  type EvaluationFile,
} from '../../evaluate/evaluation-file.js';
import { readRunConfig, type RunConfig } from '../../run/run-config.js';
import { readTuningLog, type TuningRecord } from '../../tune/tuning-log.js';
import { readAttentionFile, type AttentionFile } from './attention-file.js';
import { readTrainingLog, type TrainingLog } from './metrics-lines.js';

/** All that is known of a run. */
export interface RunSource {
  /** What the report calls it. */
  readonly name: string;
  /** As it was given. */
  readonly source: string;
  readonly config?: RunConfig;
  readonly training?: TrainingLog;
  readonly tunings: readonly TuningRecord[];
  readonly evaluation?: EvaluationFile;
  readonly attention?: AttentionFile;
}

/**
 * Reads runs, or files of evaluations by themselves.
 *
 * @throws {@link @q-anchor/core#InputError} if one is neither, a file in it is broken or of another version, or
 * two are the same
 */
export async function readRunSources(sources: readonly string[]): Promise<readonly RunSource[]> {
  const places = sources.map((source) => resolve(source));
  const again = places.findIndex((place, index) => places.indexOf(place) < index);
  if (again !== -1) {
    throw new InputError({
      where: 'runs',
      expected: 'each run once',
      found: `${sources[again]} twice`,
    });
  }
  const names = shortNames(places);
  const runs: RunSource[] = [];
  for (const [index, source] of sources.entries()) {
    runs.push({ name: names[index]!, source, ...(await contentOf(source)) });
  }
  return runs;
}

async function contentOf(source: string): Promise<Omit<RunSource, 'name' | 'source'>> {
  const found = await stat(source).catch(() => undefined);
  if (!found) {
    throw new InputError({
      where: source,
      expected: 'a run, or an evaluation that q-anchor evaluate kept',
      found: 'nothing',
    });
  }
  if (!found.isDirectory()) return { tunings: [], evaluation: await readEvaluationFile(source) };
  const config = await readRunConfig(source);
  const training = await readTrainingLog(join(source, 'metrics.jsonl'));
  const attention = await readAttentionFile(join(source, 'attention.json'));
  const kept = runEvaluationFile(source);
  const evaluation = (await pathExists(kept)) ? await readEvaluationFile(kept) : undefined;
  return {
    config,
    tunings: await readTuningLog(source),
    ...(training && { training }),
    ...(evaluation && { evaluation }),
    ...(attention && { attention }),
  };
}

/** Last parts of paths, as many as tell them apart. */
function shortNames(places: readonly string[]): readonly string[] {
  const named = (parts: number): string[] =>
    places.map((place) => {
      const words = place.split(/[/\\]/u).filter((word) => word !== '');
      return words.slice(-parts).join('/') || basename(place);
    });
  const most = Math.max(...places.map((place) => place.split(/[/\\]/u).length));
  for (let parts = 1; parts < most; parts++) {
    const names = named(parts);
    if (new Set(names).size === names.length) return names;
  }
  return named(most);
}
