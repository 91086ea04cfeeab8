import { InputError } from '@q-anchor/core';
import {
  requireScenarioAgreement,
  scenarioAgreement,
  scenarioScores,
  type ScenarioAgreement,
  type ScenarioScoring,
  type ScoredScenario,
} from '@q-anchor/prompt-tuning';
import { describe, expect, test } from 'vitest';

const reading = {
  calibration: { method: 'platt', slope: 2, intercept: -0.5 },
  thresholds: {},
} as unknown as ScenarioScoring['prototypes'];
const scenario: ScoredScenario = {
  scenario: 'takeout',
  prototypes: { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) },
  classes: 2,
  temperature: 0.5,
  scoring: {
    prototypes: reading,
    probe: {
      ...reading,
      weights: {
        coefficients: Float32Array.of(1, -1),
        mean: Float32Array.of(0.5, 0.5),
        scale: Float32Array.of(0.1, 0.2),
        intercept: 0.3,
        strength: 1,
      },
    },
  },
};
/** Users every 5 degrees, turned. */
const users = (turn: number): Float32Array =>
  Float32Array.from({ length: 36 }, (_, i) => {
    const angle = (Math.PI / 36) * Math.floor(i / 2) + turn;
    return i % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
  });

describe('agreement', () => {
  test('with itself is whole', () => {
    const { embeddings, prototypes, probe } = scenarioAgreement(scenario, [users(0), users(0)]);
    expect(embeddings.count).toBe(18);
    expect(embeddings.worst).toBeCloseTo(1, 6);
    const nothing = { mean: 0, high: 0, worst: 0 };
    expect([prototypes, probe]).toEqual([nothing, nothing]);
  });

  test('is the cosine, and the difference of probabilities', () => {
    const pair = [users(0), users(0.1)] as const;
    const { embeddings, prototypes, probe } = scenarioAgreement(scenario, pair);
    expect(embeddings.mean).toBeCloseTo(Math.cos(0.1), 6);
    const [ours, theirs] = pair.map((own) => scenarioScores(own, scenario));
    for (const [by, found] of [
      ['prototypes', prototypes],
      ['probe', probe],
    ] as const) {
      const differences = [...ours![by].probabilities].map((p, user) =>
        Math.abs(p - theirs![by].probabilities[user]!),
      );
      expect(found!.worst).toBe(Math.max(...differences));
      expect(found!.high).toBe(found!.worst);
      expect(found!.mean).toBeCloseTo(differences.reduce((sum, one) => sum + one, 0) / 18, 12);
    }
  });

  test('without scoring is that of embeddings alone', () => {
    const bare = { ...scenario, scoring: null };
    expect(Object.keys(scenarioAgreement(bare, [users(0), users(0)]))).toEqual(['embeddings']);
  });
});

describe('required', () => {
  const near = { count: 200, mean: 1, low: 0.9999, worst: 0.9999 };
  const little = { mean: 0.001, high: 0.01, worst: 0.03 };
  const agreement: ScenarioAgreement = { embeddings: near, prototypes: little, probe: little };
  const check =
    (changed: Partial<ScenarioAgreement>, weights: 'int8' | 'int4' = 'int8') =>
    () =>
      requireScenarioAgreement({ ...agreement, ...changed }, { scenario: 'takeout', weights });

  test('near enough', () => {
    expect(check({})).not.toThrow();
    expect(check({ embeddings: { ...near, low: 0.992 } }, 'int4')).not.toThrow();
  });

  test('embeddings or probabilities too far off', () => {
    const far = check({ embeddings: { ...near, low: 0.992 } });
    expect(far).toThrow(InputError);
    expect(far).toThrow(/scenario takeout, embeddings by int8.*0\.999 .*0\.99200/s);
    for (const by of ['prototypes', 'probe'] as const) {
      expect(check({ [by]: { ...little, high: 0.021 } })).toThrow(
        new RegExp(`probabilities of ${by}.*at most 0.02 .*0\\.0210.*or force it`, 's'),
      );
    }
  });
});
