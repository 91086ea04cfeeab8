import { InputError } from '@q-anchor/core';

import { prototypeScores } from '../losses/prototype-likelihoods.js';
import { tableOf } from '../losses/prototype-table.js';
import type { TunedScenario } from '../scenario/tuned-scenario.js';
import { scenarioProbeScores } from './scenario-probe.js';
import type { ScoreReading } from './scenario-scoring.js';
import { calibratedProbabilities } from './score-calibration.js';

/** Users scored one way. */
export interface UserScores {
  /** `[users]`, any scale: what thresholds are on. */
  readonly scores: Float64Array;
  /** `[users]`, calibrated, in `[0, 1]`. */
  readonly probabilities: Float64Array;
}

/** Users scored both ways. */
export interface ScenarioScores {
  /** By the prototypes. */
  readonly prototypes: UserScores;
  /** By the probe. */
  readonly probe: UserScores;
}

/** What of a scenario's artefact scores embeddings. */
export type ScoredScenario = Pick<
  TunedScenario,
  'scenario' | 'prototypes' | 'classes' | 'temperature' | 'scoring'
>;

/**
 * Scores and calibrated probabilities of tuned embeddings: by the prototypes,
 * `s = log sum_{k in 1} e^(cos(u,p_k)/T) - log sum_{k in 0} e^(cos(u,p_k)/T)`, and by the probe,
 * `s = b + w . (u - mean) / scale`, each through its own calibration.
 *
 * @param embeddings - `[users, dimensions]`, of the scenario's prompts and questions
 * @param scenario - its artefact
 * @throws {@link @q-anchor/core#InputError} if the artefact holds no scoring
 * @throws {@link @q-anchor/core#ShapeError} if the embeddings have other dimensions
 */
export function scenarioScores(embeddings: Float32Array, scenario: ScoredScenario): ScenarioScores {
  const { scoring } = scenario;
  if (!scoring) {
    throw new InputError({
      where: `scenario ${scenario.scenario}`,
      expected: 'an artefact with calibration and probe',
      found: 'prompts and prototypes alone',
      fix: 'Give saveScenario what fitScoring returns',
    });
  }
  return {
    prototypes: userScores(prototypeScores(embeddings, tableOf(scenario)), scoring.prototypes),
    probe: userScores(scenarioProbeScores(embeddings, scoring.probe.weights), scoring.probe),
  };
}

const userScores = (
  scores: Float64Array,
  { calibration }: Pick<ScoreReading, 'calibration'>,
): UserScores => ({ scores, probabilities: calibratedProbabilities(scores, calibration) });
