import { simulatedScenarioNames } from '@q-anchor/useru';
import { describe, expect, test } from 'vitest';

import { ownRows } from '../../src/evaluate/row-option.js';
import { reproductionPlan } from '../../src/reproduce/plan.js';
import { dataShares, reproductionScales, type ScaleName } from '../../src/reproduce/scale.js';

const planOf = (name: ScaleName) =>
  reproductionPlan({
    out: 'there',
    scale: reproductionScales[name],
    seed: 4,
    scenarios: simulatedScenarioNames,
    engine: ['--device', 'cpu'],
  });
const names = Object.keys(reproductionScales) as readonly ScaleName[];
const indexOf = (steps: readonly { readonly name: string }[], name: string): number =>
  steps.findIndex((step) => step.name === name);

describe.each(names)('the plan of %s', (name) => {
  const { steps, comparisons } = planOf(name);
  const { tuneSteps, sweptTokens, sweptSteps } = reproductionScales[name];

  test('names every step once, and is the same each time', () => {
    expect(new Set(steps.map((step) => step.name)).size).toBe(steps.length);
    expect(planOf(name)).toEqual({ steps, comparisons });
  });

  test('has every run of the comparisons trained, then evaluated', () => {
    const { ablations, scaling, seeds } = comparisons;
    for (const { name: run } of [...ablations, ...scaling, ...seeds]) {
      const trained = indexOf(steps, `pretrain ${run}`);
      expect([run, trained]).not.toEqual([run, -1]);
      expect(indexOf(steps, `evaluate ${run}`)).toBeGreaterThan(trained);
    }
    expect(scaling.map(({ share }) => share)).toEqual(name === 'medium' ? [] : dataShares);
    expect(steps.at(-1)!.name).toBe('report');
  });

  test('tunes the main run for every scenario last with six tokens and all steps', () => {
    for (const scenario of simulatedScenarioNames) {
      const own = steps
        .filter(({ args }) => args.join(' ').includes(`runs/main --data`))
        .filter(({ args }) => args[0] === 'tune' && args.includes(scenario));
      expect(own.at(-1)!.args.join(' ')).toContain(`--tokens 6 --steps ${tuneSteps} `);
    }
    const tried = steps.map(({ args }) => args.join(' ')).filter((line) => line.startsWith('tune'));
    for (const tokens of [...sweptTokens, 6]) {
      expect(tried.some((line) => line.includes(`--tokens ${tokens} --steps ${tuneSteps} `))).toBe(
        true,
      );
    }
    for (const allowed of sweptSteps) {
      expect(tried.some((line) => line.includes(`--tokens 6 --steps ${allowed} `))).toBe(true);
    }
  });
});

test.each(['quick', 'full'] as const)('%s takes parts away one at a time', (name) => {
  const { comparisons } = planOf(name);
  const extra = Object.fromEntries(comparisons.trained.map((one) => [one.name, one.extra]));
  expect(extra).toMatchObject({
    'no-user-token': ['--prefix-layout', 'coarse-to-fine-without-user-token'],
    'no-false-negative-mask': ['--margin', '2', '--mask-equal-answers', 'off'],
    'no-next-token-loss': ['--ntp-weight', '0'],
    'no-contrastive-loss': ['--contrastive-weight', '0'],
  });
});

test('shares of the data are shares of points and of steps', () => {
  const { steps } = planOf('quick');
  const { comparedSteps, users } = reproductionScales.quick;
  const { args } = steps[indexOf(steps, 'pretrain data-40')]!;
  const valueOf = (flag: string): number => Number(args[args.indexOf(flag) + 1]);
  expect(valueOf('--steps')).toBe(0.4 * comparedSteps);
  expect(valueOf('--max-users')).toBe(0.4 * 2 * 0.6 * users);
});

test('without steps to compare by, the main run stands alone', () => {
  const { steps, comparisons } = planOf('medium');
  expect(comparisons).toEqual({
    ablations: [],
    scaling: [],
    seeds: [{ name: 'main', label: 'seed 4', row: 'query' }],
    trained: [],
  });
  expect(steps.filter(({ args }) => args[0] === 'pretrain')).toHaveLength(1);
});

test('the main table of larger scales has all rows but those of adapters', () => {
  const rowsIn = (name: 'quick' | 'medium' | 'full'): readonly string[] => {
    const { steps } = planOf(name);
    const { args } = steps[indexOf(steps, 'evaluate main')]!;
    const start = args.indexOf('--rows');
    return start === -1 ? [] : args.slice(start + 1, args.indexOf('--slice'));
  };
  const rows = ownRows.filter((row) => !row.startsWith('loraTuned'));
  expect(rowsIn('quick')).toEqual([]);
  expect(rowsIn('medium').toSorted()).toEqual(rows.toSorted());
  expect(rowsIn('full')).toEqual(rowsIn('medium'));
});

test('trained baselines have 64 users a batch at larger scales', () => {
  const flags = (name: 'quick' | 'medium' | 'full'): string => {
    const { steps } = planOf(name);
    return steps[indexOf(steps, 'evaluate main')]!.args.join(' ');
  };
  expect(flags('quick')).not.toContain('--baseline-users');
  expect(flags('medium')).toContain(' --baseline-users 64 ');
  expect(flags('full')).toContain(' --baseline-users 64 ');
});

test('the main run is the whole where both have as many steps; seeds differ in the seed alone', () => {
  const scale = { ...reproductionScales.full, steps: 10, comparedSteps: 10 };
  const { steps, comparisons } = reproductionPlan({
    out: 'there',
    scale,
    seed: 4,
    scenarios: ['takeout'],
    engine: [],
  });
  expect(comparisons.ablations[0]!.name).toBe('main');
  expect(indexOf(steps, 'pretrain whole')).toBe(-1);
  const [main, other] = ['main', 'seed-5'].map((run) => steps[indexOf(steps, `pretrain ${run}`)]!);
  const line = (args: readonly string[]): string => args.join(' ').replaceAll('seed-5', 'main');
  expect(line(other!.args)).toBe(line(main!.args).replace('--seed 4', '--seed 5'));
});
