import type { TensorData } from '@q-anchor/graph';

import type { ScenarioScoring, ScoreReading } from '../scoring/scenario-scoring.js';
import type { ReadingFile, ScenarioFile } from './scenario-schema.js';

/** A tensor's dtype and shape. */
export interface TensorSpec {
  readonly dtype: 'float32' | 'float64';
  readonly shape: readonly number[];
}

const weightNames = ['coefficients', 'mean', 'scale'] as const;
const weightsName = (name: (typeof weightNames)[number]): string => `probe.${name}`;
const knotsName = (by: string): string => `${by}.calibration`;

/** What {@link storedScoring} makes. */
interface StoredScoring {
  /** The part for `scenario.json`: what people read. */
  readonly json: ScenarioFile['scoring'];
  /** Rows of numbers. */
  readonly tensors: Readonly<Record<string, TensorData>>;
}

/** Scoring as files keep it. */
export function storedScoring(scoring: ScenarioScoring | null): StoredScoring {
  if (!scoring) return { json: null, tensors: {} };
  const { prototypes, probe } = scoring;
  const { weights, ...probeReading } = probe;
  const tensors: Record<string, TensorData> = {};
  for (const name of weightNames) {
    const data = weights[name];
    tensors[weightsName(name)] = { dtype: 'float32', shape: [data.length], data };
  }
  const stored = (by: string, { calibration, ...rest }: ScoreReading): ReadingFile => {
    const { thresholds, validation } = structuredClone(rest) as Omit<ReadingFile, 'calibration'>;
    if (calibration.method === 'platt') return { calibration, thresholds, validation };
    const knots = calibration.scores.length;
    const data = new Float64Array(2 * knots);
    data.set(calibration.scores);
    data.set(calibration.probabilities, knots);
    tensors[knotsName(by)] = { dtype: 'float64', shape: [2, knots], data };
    return { calibration: { method: 'isotonic', knots }, thresholds, validation };
  };
  const { intercept, strength } = weights;
  const json = {
    prototypes: stored('prototypes', prototypes),
    probe: { ...stored('probe', probeReading), intercept, strength },
  };
  return { json, tensors };
}

/** The tensors that belong to scoring as `scenario.json` has it. */
export function scoringTensorSpecs(
  json: ScenarioFile['scoring'],
  dimensions: number,
): Readonly<Record<string, TensorSpec>> {
  if (!json) return {};
  const weights = weightNames.map(
    (name) => [weightsName(name), { dtype: 'float32', shape: [dimensions] }] as const,
  );
  const knots = (['prototypes', 'probe'] as const).flatMap((by) => {
    const { calibration } = json[by];
    return calibration.method === 'platt'
      ? []
      : [[knotsName(by), { dtype: 'float64', shape: [2, calibration.knots] }] as const];
  });
  return Object.fromEntries<TensorSpec>([...weights, ...knots]);
}

/** Scoring of what files have; the tensors are those of {@link scoringTensorSpecs}. */
export function scoringOf(
  json: ScenarioFile['scoring'],
  tensors: Readonly<Record<string, TensorData>>,
): ScenarioScoring | null {
  if (!json) return null;
  const read = (by: string, { calibration, thresholds, validation }: ReadingFile): ScoreReading => {
    // Keys without a value don't come out of JSON: what zod calls optional is absent.
    const rest = { thresholds, validation } as Omit<ScoreReading, 'calibration'>;
    if (calibration.method === 'platt') return { calibration, ...rest };
    const { knots } = calibration;
    const data = tensors[knotsName(by)]!.data as Float64Array;
    return {
      calibration: {
        method: 'isotonic',
        scores: data.slice(0, knots),
        probabilities: data.slice(knots),
      },
      ...rest,
    };
  };
  const { intercept, strength } = json.probe;
  const weightsOf = (name: (typeof weightNames)[number]): Float32Array =>
    tensors[weightsName(name)]!.data as Float32Array;
  return {
    prototypes: read('prototypes', json.prototypes),
    probe: {
      ...read('probe', json.probe),
      weights: {
        coefficients: weightsOf('coefficients'),
        mean: weightsOf('mean'),
        scale: weightsOf('scale'),
        intercept,
        strength,
      },
    },
  };
}
