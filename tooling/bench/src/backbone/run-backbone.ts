import { fileURLToPath } from 'node:url';

import { jsonAnswer } from '../measure/json-answer.js';
import type { QuantisedWeights } from '../workloads/workload.js';
import { quantisedFile, type LoadResult, type LoadTask } from './load-here.js';

/** The sub-command that makes this program load a decoder and answer with a JSON line. */
export const loadChildCommand = 'load-child';

/** What the bench of loading is asked for. */
export interface LoadArguments extends Omit<LoadTask, 'quantised'> {
  /** Integers to quantise the weights to, before and elsewhere. */
  readonly weights?: QuantisedWeights;
}

/**
 * Loads a decoder in a process of its own, whose largest size is then that of loading alone.
 *
 * @param request - directory, precision, prefix
 * @param entry - URL of the file that was started
 */
export async function runLoad(request: LoadArguments, entry: string): Promise<LoadResult> {
  const { weights, ...task } = request;
  const file = weights === undefined ? undefined : await quantisedFile(task.directory, weights);
  try {
    const child: LoadTask = { ...task, ...(file && { quantised: file.path }) };
    return (await jsonAnswer({
      command: [
        process.execPath,
        ...process.execArgv,
        fileURLToPath(entry),
        loadChildCommand,
        JSON.stringify(child),
      ],
      what: `loading ${task.directory}`,
      fix: 'Run `pnpm build`, and see that there is memory enough.',
    })) as LoadResult;
  } finally {
    await file?.remove();
  }
}

/** A result for people. */
export function loadText(result: LoadResult): string {
  const { weightMB, baseMB, loadedMB, peakMB, loadSeconds, prefixSeconds } = result;
  const share = (size: number): string =>
    `${size.toFixed(0)} MB, ${(size / weightMB).toFixed(2)} x`;
  return [
    `weights    ${weightMB.toFixed(0)} MB`,
    `before     ${baseMB.toFixed(0)} MB`,
    `loaded     ${share(loadedMB)} the weights, ${loadSeconds.toFixed(1)} s`,
    `prefix     ${share(peakMB)} the weights, ${prefixSeconds.toFixed(2)} s`,
  ].join('\n');
}
