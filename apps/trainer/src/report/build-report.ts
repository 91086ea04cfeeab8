import type { OwnVersion } from '../version.js';
import { reportFormatVersion, type Panel, type PanelResult, type Report } from './model.js';
import { ablationsPanel } from './panels/ablations.js';
import { attentionPanel } from './panels/attention.js';
import { averagesPanel } from './panels/averages.js';
import { costsPanel } from './panels/costs.js';
import { calibrationPanel, gainPanel, rocPanel } from './panels/curves.js';
import { dataScalingPanel } from './panels/data-scaling.js';
import { domainsPanel } from './panels/domains.js';
import { projectionsPanel } from './panels/projections.js';
import { runsPanel } from './panels/runs.js';
import { scoresPanel } from './panels/scores.js';
import { seedsPanel } from './panels/seeds.js';
import { slicesPanel } from './panels/slices.js';
import { summaryPanel } from './panels/summary.js';
import { trainingPanel } from './panels/training.js';
import { tuningPanel } from './panels/tuning.js';
import type { ReproductionSource } from './read/reproduction-source.js';
import type { RunSource } from './read/run-source.js';

const isPanel = (result: PanelResult): result is Panel => 'id' in result;

/**
 * A report of runs: the first in full, the others beside it.
 *
 * @param runs - at least one
 * @param options - when, and by which q-anchor, it is made; the reproduction it is about, if it is
 */
export function buildReport(
  runs: readonly RunSource[],
  options: {
    readonly time: string;
    readonly own: OwnVersion;
    /** The reproduction whose main run is the first. */
    readonly reproduction?: ReproductionSource | undefined;
  },
): Report {
  const first = runs[0]!;
  const { reproduction } = options;
  const results: readonly PanelResult[] = [
    summaryPanel(runs),
    averagesPanel(first),
    scoresPanel(first),
    domainsPanel(first),
    slicesPanel(first),
    ...(reproduction
      ? [ablationsPanel(reproduction), dataScalingPanel(reproduction), seedsPanel(reproduction)]
      : [runsPanel(runs)]),
    rocPanel(first),
    calibrationPanel(first),
    gainPanel(first),
    projectionsPanel(first),
    attentionPanel(first),
    tuningPanel(first),
    trainingPanel(runs),
    costsPanel(first),
  ];
  return {
    formatVersion: reportFormatVersion,
    title: reproduction
      ? `Q-Anchor: reproduction, ${reproduction.scale}, seed ${reproduction.seed}`
      : `Q-Anchor: ${runs.map(({ name }) => name).join(', ')}`,
    made: { time: options.time, ...options.own },
    runs: runs.map(({ name, source }) => ({ name, source })),
    panels: results.filter(isPanel),
    missing: results.flatMap((result) => (isPanel(result) ? [] : [result])),
  };
}
