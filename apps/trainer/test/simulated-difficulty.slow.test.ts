import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryFolder } from '../../../packages/core/test/support/temporary-folder.js';
import { qAnchor } from './support/command.js';

interface Printed {
  readonly digest: string;
  readonly simulation: {
    readonly scenarios: Readonly<
      Record<string, { readonly baseRate: number; readonly bayesAuc: number }>
    >;
  };
  readonly baselines: Readonly<
    Record<string, { readonly bayes: number; readonly counts: number; readonly timing: number }>
  >;
}

test('ten scenarios lie within their bounds, and counts alone miss what order and timing tell', async () => {
  const root = await temporaryFolder();
  const simulated = async (workers: number, ...more: readonly string[]): Promise<Printed> => {
    const sized = ['simulate', '--users', '6000', '--seed', '7', '--json', '--quiet'];
    const out = join(root, `${workers}`);
    const run = await qAnchor([...sized, '--out', out, '--workers', `${workers}`, ...more]);
    expect([run.code, run.stderr]).toEqual([0, '']);
    return JSON.parse(run.stdout) as Printed;
  };
  const { digest, simulation, baselines } = await simulated(2, '--baselines');
  const scenarios = Object.values(simulation.scenarios);
  expect(scenarios).toHaveLength(10);
  for (const { baseRate, bayesAuc } of scenarios) {
    expect(baseRate).toBeGreaterThan(0.02);
    expect(baseRate).toBeLessThan(0.4);
    expect(bayesAuc).toBeGreaterThan(0.65);
    expect(bayesAuc).toBeLessThan(0.97);
  }
  const gaps = Object.values(baselines);
  const missed = gaps.filter(({ bayes, counts }) => bayes - counts >= 0.03);
  expect(missed.length).toBeGreaterThanOrEqual(4);
  // What is missed is not noise alone: features of order and timing bring it back in part.
  const regained = missed.filter(({ timing, counts }) => timing - counts >= 0.03);
  expect(regained.length).toBeGreaterThanOrEqual(4);
  expect((await simulated(1)).digest).toBe(digest);
});
