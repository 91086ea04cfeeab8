import { bayesAuc } from './bayes-auc.js';
import type { ChunkOutcome } from './chunks.js';
import { splitOf } from './reference-points.js';
import { simulatedScenarios } from './scenarios/all-scenarios.js';
import type { SimulatedScenario } from './scenarios/simulated-scenario.js';
import type { SimulationTruth } from './simulation-truth.js';

/** What the scenarios' windows bring to a population. */
export interface Outcomes {
  /** Takes in a chunk whose first person is `start`; chunks may come in any order. */
  add(outcome: ChunkOutcome, start: number): void;
  /** The scenarios with both labels in every split. */
  usable(): SimulatedScenario[];
  /** How hard each scenario is. */
  truth(seed: number): SimulationTruth;
}

/** Outcomes of `users` people. */
export function createOutcomes(users: number): Outcomes {
  const count = simulatedScenarios.length;
  const probabilities = simulatedScenarios.map(() => new Float64Array(users));
  const labels = simulatedScenarios.map(() => new Uint8Array(users));
  return {
    add(outcome, start) {
      for (let at = 0; at < outcome.labels.length; at++) {
        const index = start + Math.floor(at / count);
        probabilities[at % count]![index] = outcome.probabilities[at]!;
        labels[at % count]![index] = outcome.labels[at]!;
      }
    },
    usable: () =>
      simulatedScenarios.filter((_, i) => {
        const seen = new Set<string>();
        for (const [index, label] of labels[i]!.entries()) seen.add(`${splitOf(index)}/${label}`);
        return seen.size === 6;
      }),
    truth: (seed) => ({
      users,
      seed,
      scenarios: Object.fromEntries(
        simulatedScenarios.map(({ name, windowDays }, i) => [
          name,
          {
            windowDays,
            baseRate: probabilities[i]!.reduce((sum, p) => sum + p, 0) / users,
            positiveRate: labels[i]!.reduce((sum, label) => sum + label, 0) / users,
            bayesAuc: bayesAuc(probabilities[i]!),
          },
        ]),
      ),
    }),
  };
}
