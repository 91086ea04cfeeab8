import { matrixProductShare } from '@q-anchor/backend';

import type { BenchArguments } from './arguments.js';
import type { ChildMeasurer } from './measure/child.js';
import { machineLines, thisMachine } from './measure/machine.js';
import { roundTimings, type Contestant } from './measure/rounds.js';
import type { Torch } from './measure/torch.js';
import {
  benchResult,
  referenceProduct,
  type BenchResult,
  type ContestantName,
} from './report/result.js';
import { kernelTable } from './report/table.js';
import { workloadsOf } from './workloads/default-workloads.js';
import type { DecoderWorkload, Workload } from './workloads/workload.js';

/** Timed runs in one process: enough for a median, few enough for many rounds. */
const timedRuns: Readonly<Record<Workload['kind'], number>> = {
  'train-step': 7,
  'prefix-query': 9,
  'matrix-product': 9,
};

/** What a bench leans on. */
export interface BenchParts {
  /** Measures our engine. */
  readonly child: ChildMeasurer;
  /** Measures PyTorch, where it was asked for. */
  readonly torch?: Torch;
  /** Where progress goes, a line at a time. */
  readonly say: (line: string) => void;
}

/**
 * Runs a bench: for each workload its rounds, then one profiled run of ours.
 *
 * @param options - what the user asked for
 * @param parts - who measures, and where progress goes
 */
export async function runBench(options: BenchArguments, parts: BenchParts): Promise<BenchResult[]> {
  const { say, torch } = parts;
  const workloads = workloadsOf(options.bench, options.shapes);
  for (const line of machineLines(thisMachine())) say(line);
  if (torch) {
    const { version, threads } = await torch.version();
    say(`PyTorch ${version}, ${options.threads ?? threads} threads`);
  }
  const results: BenchResult[] = [];
  for (const workload of workloads) results.push(await resultOf(workload, options, parts));
  return results;
}

async function resultOf(
  workload: DecoderWorkload,
  { rounds, threads, weights }: BenchArguments,
  { child, torch, say }: BenchParts,
): Promise<BenchResult> {
  const settingsOf = ({ kind }: Workload) => ({
    runs: timedRuns[kind],
    ...(threads !== undefined && { threads }),
  });
  const settings = settingsOf(workload);
  const contestants: Contestant<ContestantName>[] = [
    { name: 'ours', measure: () => child.timing(workload, settings) },
  ];
  if (weights !== undefined) {
    contestants.push({
      name: 'quantised',
      measure: () => child.timing(workload, { ...settings, weights }),
    });
  }
  if (torch) {
    contestants.push(
      { name: 'torch', measure: () => torch.timing(workload, { ...settings, type: 'f32' }) },
      { name: 'torchBf16', measure: () => torch.timing(workload, { ...settings, type: 'bf16' }) },
    );
  }
  contestants.push({
    name: 'product',
    measure: () => child.timing(referenceProduct, settingsOf(referenceProduct)),
  });
  say(`${workload.name}:`);
  const timings = await roundTimings(contestants, {
    rounds,
    onTiming: ({ name, round, timing }) =>
      say(`  round ${round + 1} of ${rounds}: ${name} ${timing.ms.toFixed(1)} ms`),
  });
  const kernelTimes = await child.kernelTimes(workload, { ...settings, runs: 2 });
  say(kernelTable(kernelTimes, 8));
  return benchResult(workload, {
    timings,
    gemmShare: matrixProductShare(kernelTimes),
    ...(weights !== undefined && { weights }),
  });
}
