import { join } from 'node:path';

import type { UserProfile } from '@q-anchor/core';
import {
  openDataset,
  readSimulationTruth,
  readTrueProbabilities,
  simulateDataset,
  type Action,
  type DatasetInfo,
  type SimulationProgress,
  type SimulationTruth,
} from '@q-anchor/useru';
import { beforeAll, expect, it, vi } from 'vitest';

import { temporaryFolder } from '../../../core/test/support/temporary-folder.js';

// The threads start with a loader and a database each, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const users = 1000;
const referenceDays = 20_094 + 90;

interface Row {
  readonly userId: string;
  readonly label: number;
  readonly actions: readonly Action[];
}

let root = '';
let info: DatasetInfo;
let truth: SimulationTruth;
const profiles: UserProfile[] = [];
/** Of train and validation people, at the reference 30 days before. */
const earlier: UserProfile[] = [];
let cpuSeconds = 0;
/** By scenario: labels with the actions of the whole time. */
const rows = new Map<string, Row[]>();
const progress: SimulationProgress[] = [];

beforeAll(async () => {
  root = await temporaryFolder();
  const outputDir = join(root, 'world');
  const started = process.cpuUsage();
  info = await simulateDataset({
    users,
    seed: 5,
    outputDir,
    workers: 2,
    onProgress: (step) => progress.push(step),
  });
  const spent = process.cpuUsage(started);
  cpuSeconds = (spent.user + spent.system) / 1e6;
  truth = await readSimulationTruth(outputDir);
  await using dataset = await openDataset(outputDir);
  for (const { name } of info.scenarios) {
    const labels = await dataset.labels(name);
    const own: Row[] = [];
    for await (const batch of dataset.actions(labels, { fromDays: -90, toDays: 35 })) {
      for (const { userId, actions } of batch) {
        own.push({ userId, actions, label: labels[own.length]!.label });
      }
    }
    rows.set(name, own);
  }
  for await (const batch of dataset.profiles(await dataset.references())) {
    for (const profile of batch) {
      (profile.referenceDays === referenceDays ? profiles : earlier).push(profile);
    }
  }
});

/** The chance that a random positive scores above a random negative. */
const areaUnderCurve = (scored: ReadonlyArray<{ label: number; score: number }>): number => {
  let above = 0;
  let pairs = 0;
  for (const positive of scored.filter(({ label }) => label === 1)) {
    for (const negative of scored.filter(({ label }) => label === 0)) {
      pairs++;
      above += positive.score > negative.score ? 1 : positive.score === negative.score ? 0.5 : 0;
    }
  }
  return above / pairs;
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Pearson's correlation. */
const correlation = (x: readonly number[], y: readonly number[]): number => {
  const [mx, my] = [mean(x), mean(y)];
  const product = (f: (i: number) => number): number => mean(x.map((_, i) => f(i)));
  return (
    product((i) => (x[i]! - mx) * (y[i]! - my)) /
    Math.sqrt(product((i) => (x[i]! - mx) ** 2) * product((i) => (y[i]! - my) ** 2))
  );
};

const targets: Readonly<Record<string, string>> = {
  active: 'member badge',
  concert: 'concert ticket',
  login: 'portal sign-in',
  forest: 'tree planted',
  fraud: 'chargeback',
  money: 'frozen transfer',
  takeout: 'delivery plan',
  brand: 'brand purchase',
  promo: 'coupon redeemed',
  value: 'premium plan',
};

const count = (actions: readonly Action[], category: string, days: readonly [number, number]) =>
  actions.filter(
    (action) =>
      action.category === category && action.timeDays >= days[0] && action.timeDays < days[1],
  ).length;

it('has five modalities, a profile by reference, three splits and the paper’s ten scenarios', () => {
  expect(info.modalities.map(({ name }) => name)).toEqual(['bill', 'mini', 'spm', 'search', 'app']);
  expect(info.counts.users).toBe(users);
  expect(info.counts.references).toEqual({ train: 1200, validation: 300, test: 250 });
  expect(info.tabular.byReference).toBe(true);
  expect(info.tabular.columns.length).toBeGreaterThanOrEqual(10);
  const namesOf = (domain: string): string[] =>
    info.scenarios.filter((one) => one.domain === domain).map(({ name }) => name);
  const domains = ['engagement', 'risk', 'marketing'];
  const named = domains.map((domain) => [domain, namesOf(domain)]);
  expect(Object.fromEntries(named)).toEqual({
    engagement: ['active', 'concert', 'login', 'forest'],
    risk: ['fraud', 'money'],
    marketing: ['takeout', 'brand', 'promo', 'value'],
  });
  expect(progress.at(-1)).toMatchObject({ phase: 'import' });
  expect(progress.findLast(({ phase }) => phase === 'people')?.done).toBe(users);
});

it('keeps base rates and Bayes AUC within bounds', () => {
  expect(Object.keys(truth.scenarios)).toEqual(Object.keys(targets));
  for (const [name, scenario] of Object.entries(truth.scenarios)) {
    const { baseRate, positiveRate, bayesAuc } = scenario;
    const of = (low: number, value: number, high: number): unknown => [
      name,
      value >= low && value <= high ? true : value,
    ];
    expect(of(0.02, baseRate, 0.4)).toEqual([name, true]);
    expect(of(0.65, bayesAuc, 0.97)).toEqual([name, true]);
    expect(Math.abs(baseRate - positiveRate)).toBeLessThan(
      4 * Math.sqrt((baseRate * (1 - baseRate)) / users),
    );
  }
});

it.each(Object.keys(targets))('labels %s by whether its event follows the reference', (name) => {
  const own = rows.get(name)!;
  expect(own).toHaveLength(users);
  const happened = own.map(({ actions }) => Number(count(actions, targets[name]!, [0, 30]) > 0));
  expect(own.map(({ label }) => label)).toEqual(happened);
});

it('draws labels with their true probabilities', async () => {
  for (const name of Object.keys(targets)) {
    const probabilities = await readTrueProbabilities(join(root, 'world'), name);
    expect(probabilities.size).toBe(users);
    const own = rows.get(name)!;
    // Standard score of the labels' sum: right probabilities keep it small.
    let [difference, variance] = [0, 0];
    const scored = own.map(({ userId, label }) => {
      const p = probabilities.get(userId)!;
      difference += label - p;
      variance += p * (1 - p);
      return { label, score: p };
    });
    expect(Math.abs(difference) / Math.sqrt(variance)).toBeLessThan(4);
    expect(Math.abs(areaUnderCurve(scored) - truth.scenarios[name]!.bayesAuc)).toBeLessThan(0.09);
  }
});

it('lets traits drive events: interests, activity, pay', () => {
  const all = rows.get('active')!.map(({ actions }) => actions);
  const [before, after] = [-60, 0].map((start) =>
    all.map((actions) => Math.log1p(count(actions, 'family', [start, start + 35]))),
  );
  expect(correlation(before!, after!)).toBeGreaterThan(0.2);
  const early = all.map((actions) => actions.filter(({ timeDays }) => timeDays < -45).length);
  const late = all.map((actions) => actions.filter(({ timeDays }) => timeDays >= -45).length);
  expect(correlation(early.map(Math.log1p), late.map(Math.log1p))).toBeGreaterThan(0.6);
  const bands = ['low', 'lower middle', 'middle', 'upper middle', 'high'];
  const salaries = profiles.flatMap(({ tabular, events }) => {
    const band = bands.indexOf(String(tabular['income_band']));
    const salary = events['bill']!.findLast(({ text }) => text === 'salary received')?.value;
    return band < 0 || salary === undefined ? [] : [[band, Math.log(salary)] as const];
  });
  expect(
    correlation(
      salaries.map(([band]) => band),
      salaries.map(([, salary]) => salary),
    ),
  ).toBeGreaterThan(0.6);
});

it('changes some lives between the references', () => {
  const before = new Map(earlier.map(({ userId, tabular }) => [userId, tabular]));
  const changed = (column: string): number =>
    profiles.filter(({ userId, tabular }) => {
      const former = before.get(userId);
      return former !== undefined && former[column] !== tabular[column];
    }).length / earlier.length;
  for (const column of ['city_size', 'household', 'address_changes']) {
    expect([column, changed(column) > 0.005 && changed(column) < 0.2]).toEqual([column, true]);
  }
  expect(changed('age')).toBe(0);
});

it('takes less processor time than 5,000 users a minute on two cores allow', () => {
  expect(cpuSeconds / users).toBeLessThan((2 * 60) / 5000);
});

it('hides fraud in the order of payments, not in their number', () => {
  const minutes = 40 / 1440 + 0.001;
  const scored = rows.get('fraud')!.map(({ actions, label }) => {
    const [small, large] = ['small transfer', 'large transfer'].map((category) =>
      actions
        .filter((action) => action.category === category && action.timeDays < 0)
        .map(({ timeDays }) => timeDays),
    );
    const tested = small!.filter((time) =>
      large!.some((later) => later > time && later - time < minutes),
    );
    return { label, number: small!.length + large!.length, tested: tested.length };
  });
  const by = (score: (row: (typeof scored)[number]) => number): number =>
    areaUnderCurve(scored.map((row) => ({ label: row.label, score: score(row) })));
  expect(by(({ tested }) => tested)).toBeGreaterThan(by(({ number }) => number) + 0.1);
});

it('has heavy-tailed activity within the caps’ reach', () => {
  const totals = profiles
    .map(({ events }) => Object.values(events).flat().length)
    .toSorted((a, b) => a - b);
  const quantile = (share: number): number => totals[Math.floor(share * totals.length)]!;
  expect(quantile(0.5)).toBeGreaterThan(100);
  expect(quantile(0.5)).toBeLessThan(250);
  expect(quantile(0.99)).toBeGreaterThan(2 * quantile(0.5));
});

it('lacks modalities and profiles of some people', () => {
  const lacking = (name: string): number =>
    mean(profiles.map(({ events }) => Number(events[name]!.length === 0)));
  for (const name of ['search', 'app', 'spm']) {
    expect(lacking(name)).toBeGreaterThan(0.02);
    expect(lacking(name)).toBeLessThan(0.25);
  }
  const without = profiles.filter(({ tabular }) => tabular['age'] === null).length;
  expect(without / users).toBeGreaterThan(0.01);
  expect(without / users).toBeLessThan(0.06);
});

it('says things in hundreds of ways, each short enough for its modality', () => {
  const caps = new Map(info.modalities.map(({ name, maxTokens }) => [name, maxTokens]));
  for (const { name } of info.modalities) {
    const texts = new Set(profiles.flatMap(({ events }) => events[name]!.map((e) => e.text)));
    expect(texts.size).toBeGreaterThan(200);
    for (const text of texts) {
      expect(text).toMatch(/^[A-Za-z0-9 .-]+$/u);
      // Roughly: a word-piece a short word, two a long or made-up one.
      const pieces = text.split(' ').reduce((sum, word) => sum + (word.length > 6 ? 2 : 1), 0);
      expect([text, pieces <= caps.get(name)!]).toEqual([text, true]);
    }
  }
});

it('gives people weekly rhythms of their own', () => {
  const shares = profiles.flatMap(({ events }) => {
    const times = Object.values(events)
      .flat()
      .map(({ timeDays }) => timeDays);
    const weekend = times.filter((time) =>
      [0, 6].includes(new Date(time * 86_400_000).getUTCDay()),
    );
    return times.length < 100 ? [] : [weekend.length / times.length];
  });
  expect(Math.min(...shares)).toBeLessThan(0.22);
  expect(Math.max(...shares)).toBeGreaterThan(0.38);
});

it('lets no event from after the reference into a profile', () => {
  const leaks = [...profiles, ...earlier].flatMap(({ events, referenceDays: end }) =>
    Object.values(events)
      .flat()
      .filter(({ timeDays }) => timeDays >= end || timeDays < end - info.windowDays),
  );
  expect(leaks).toEqual([]);
  expect(profiles).toHaveLength(users);
  expect(earlier).toHaveLength(750);
});
