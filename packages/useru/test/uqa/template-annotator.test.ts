import { createRandom, type UserProfile } from '@q-anchor/core';
import {
  createGrounding,
  createProfileScaleFitter,
  createTemplateAnnotator,
  createTopicIndex,
  lifeTopics,
  type Action,
} from '@q-anchor/useru';
import { describe, expect, it } from 'vitest';

const categories: Readonly<Record<string, readonly string[]>> = {
  bill: ['restaurant', 'supermarket', 'metro'],
  search: ['hotel', 'loan'],
  exam: ['assessment'],
};

const referenceDays = 19_000.5;
const windowDays = 60;

const makeUser = (seed: number): { profile: UserProfile; actions: Action[] } => {
  const random = createRandom(seed);
  const actions: Action[] = [];
  const size = random.integer(4) === 0 ? random.integer(3) : random.integer(40);
  for (let i = 0; i < size; i++) {
    const modality = random.pick(Object.keys(categories));
    actions.push({
      timeDays: -random.uniform() * windowDays - 1e-6,
      modality,
      category: random.pick(categories[modality]!),
      ...(modality === 'search' ? {} : { value: Math.round(random.uniform() * 1000) / 10 }),
    });
  }
  actions.sort((a, b) => a.timeDays - b.timeDays);
  const events = Object.fromEntries(
    Object.keys(categories).map((modality) => [
      modality,
      actions
        .filter((action) => action.modality === modality)
        .map(({ timeDays, category, value }) => ({
          timeDays: referenceDays + timeDays,
          text: `${category} visit`,
          ...(value === undefined ? {} : { value }),
        })),
    ]),
  );
  const tabular = { home_city: random.pick(['Lyon', 'Turin']), age: 30 };
  return { profile: { userId: `u${seed}`, referenceDays, events, tabular }, actions };
};

const users = Array.from({ length: 60 }, (_, seed) => makeUser(seed));

const fitScale = () => {
  const fitter = createProfileScaleFitter({ windowDays });
  for (const { profile, actions } of users) fitter.add(profile, actions);
  return fitter.scale();
};

const scale = fitScale();
const annotator = createTemplateAnnotator({ windowDays, scale });
const grounding = createGrounding({ windowDays, scale });

/** The topic or category a query or an answer names, as a test of actions. */
const groupNamed = (text: string): ((action: Action) => boolean) | undefined => {
  const index = createTopicIndex(lifeTopics);
  const topic = lifeTopics.findIndex(({ name }) => text.includes(name));
  if (topic >= 0) return ({ category }) => index.topicsOf(category).includes(topic);
  const category = Object.values(categories)
    .flat()
    .find((name) => text.includes(name));
  if (category !== undefined) return (action) => action.category === category;
  const modality = Object.keys(categories).find((name) => text.includes(name));
  return modality === undefined ? undefined : (action) => action.modality === modality;
};

const age = ({ timeDays }: Action): number => -timeDays;
const daysOf = (actions: readonly Action[]): number =>
  new Set(actions.map((action) => Math.ceil(age(action)))).size;
const within = (actions: readonly Action[], from: number, to: number): number =>
  actions.filter((action) => age(action) > from && age(action) <= to).length;
const times = (words: string): number =>
  words === 'once' ? 1 : words === 'not once' ? 0 : Number.parseInt(words, 10);
const commonest = (keys: readonly string[]): number =>
  Math.max(...keys.map((key) => keys.filter((other) => other === key).length));

/** Recounts one answer in its first phrasing; returns which kind of claim it was. */
const recount = (answer: string, actions: readonly Action[]): string | undefined => {
  const total = actions.length;
  const claims: ReadonlyArray<readonly [string, RegExp, (m: string[]) => void]> = [
    [
      'activity',
      /^Activity .*: (\d+) actions? on (\d+) days? of the last 60\.$/,
      ([, count, days]) => expect([count, days]).toEqual([`${total}`, `${daysOf(actions)}`]),
    ],
    ['nothing', /^No activity at all in the last 60 days\.$/, () => expect(total).toBe(0)],
    [
      'recency',
      /^Last active (.+) ago, with .+; active on (\d) of the last 7 days\.$/,
      ([, ago, days]) => {
        const last = Math.floor(Math.min(...actions.map(age)));
        expect(ago!.startsWith(last === 0 ? 'less' : `${last} day`)).toBe(true);
        expect(Number(days)).toBe(daysOf(actions.filter((action) => age(action) <= 7)));
      },
    ],
    [
      'silence',
      /: active on (\d+) of 60 days, the longest silence (\d+) days?, the current one (\d+)\.$/,
      ([, days, longest, current]) => {
        const active = new Set(actions.map((action) => Math.ceil(age(action))));
        expect(Number(days)).toBe(active.size);
        let run = 0;
        let most = 0;
        for (let day = 1; day <= Math.max(...active); day++) {
          run = active.has(day) ? 0 : run + 1;
          most = Math.max(most, run);
        }
        expect([Number(longest), Number(current)]).toEqual([most, Math.min(...active) - 1]);
      },
    ],
    [
      'trend',
      /^(?:Rising|Falling|Steady): (\d+) actions in the last 14 days against (\d+) in the 14 before\.$/,
      ([, recent, earlier]) =>
        expect([Number(recent), Number(earlier)]).toEqual([
          within(actions, 0, 14),
          within(actions, 14, 28),
        ]),
    ],
    [
      'favourite',
      /^(?:Mostly|Most often|Nothing dominates: most often) (.+): (\d+) of (\d+) actions/,
      ([, name, count, all]) => {
        expect(Number(all)).toBe(total);
        expect(Number(count)).toBe(actions.filter(({ category }) => category === name).length);
        expect(Number(count)).toBe(commonest(actions.map(({ category }) => category)));
      },
    ],
    [
      'diversity',
      /: (\d+) different kinds? of action, the commonest (\d+) percent\.$/,
      ([, kinds, percent]) => {
        const names = actions.map(({ category }) => category);
        expect(Number(kinds)).toBe(new Set(names).size);
        expect(Number(percent)).toBe(Math.round((100 * commonest(names)) / total));
      },
    ],
    [
      'group peak',
      /^The busiest week of .+: (\d+) of (\d+)\.$/,
      ([, count, all]) => {
        const group = actions.filter(groupNamed(answer)!);
        expect(Number(all)).toBe(group.length);
        expect(Number(count)).toBe(commonest(group.map((a) => `${Math.ceil(age(a) / 7)}`)));
      },
    ],
    [
      'peak',
      /^The busiest week was .+: (\d+) of (\d+) actions\.$/,
      ([, count, all]) => {
        expect(Number(all)).toBe(total);
        expect(Number(count)).toBe(commonest(actions.map((a) => `${Math.ceil(age(a) / 7)}`)));
      },
    ],
    [
      'mix',
      /^By kind: (.+) of (\d+) actions\.$/,
      ([, shares, all]) => {
        expect(Number(all)).toBe(total);
        for (const [, name, percent] of shares!.matchAll(/(\w+) (\d+) percent/g)) {
          const count = actions.filter(({ modality }) => modality === name).length;
          expect(Number(percent)).toBe(Math.round((100 * count) / total));
        }
      },
    ],
    [
      'weekend',
      /: (\d+) percent of (\d+) actions at the weekend\.$/,
      ([, percent, all]) => {
        const count = actions.filter(({ timeDays }) =>
          [0, 6].includes(new Date((referenceDays + timeDays) * 86_400_000).getUTCDay()),
        ).length;
        expect([Number(percent), Number(all)]).toEqual([Math.round((100 * count) / total), total]);
      },
    ],
    [
      'absence',
      /^No sign of (.+) among (\d+) records? of the last 60 days\.$/,
      ([, name, all]) => {
        expect(Number(all)).toBe(total);
        expect(actions.filter(groupNamed(name!)!)).toEqual([]);
      },
    ],
    [
      'frequency',
      /^.+: .+ (once|\d+ times) in the last 60 days, on (\d+) days?\.$/,
      ([, count, days]) => {
        const group = actions.filter(groupNamed(answer)!);
        expect([times(count!), Number(days)]).toEqual([group.length, daysOf(group)]);
      },
    ],
    [
      'group recency',
      /^Last .+; (not once|once|\d+ times) in the last 7 days\.$/,
      ([, week]) => expect(times(week!)).toBe(within(actions.filter(groupNamed(answer)!), 0, 7)),
    ],
    [
      'group trend',
      /: .+ (\d+) in the last 14 days against (\d+) in the 14 before\.$/,
      ([, recent, earlier]) => {
        const group = actions.filter(groupNamed(answer)!);
        expect([Number(recent), Number(earlier)]).toEqual([
          within(group, 0, 14),
          within(group, 14, 28),
        ]);
      },
    ],
    [
      'share',
      / in (\d+) percent of (\d+) records\.$/,
      ([, percent, all]) => {
        const count = actions.filter(groupNamed(answer)!).length;
        expect([Number(percent), Number(all)]).toEqual([Math.round((100 * count) / total), total]);
      },
    ],
    [
      'value',
      /^Typical .+[:,] ([\d.]+); (?:the only one|always the same|highest ([\d.]+), latest ([\d.]+))\.$/,
      ([, typical, highest, latest]) => {
        const group = actions.filter(groupNamed(answer)!).filter((a) => a.value !== undefined);
        const values = group.map((a) => a.value!).toSorted((a, b) => a - b);
        const middle = (values[(values.length - 1) >> 1]! + values[values.length >> 1]!) / 2;
        expect(Math.abs(Number(typical) - middle)).toBeLessThan(0.051);
        if (highest === undefined) expect(new Set(values).size).toBe(1);
        else {
          expect(Number(highest)).toBe(values.at(-1));
          expect(Number(latest)).toBe(group.at(-1)!.value);
        }
      },
    ],
    ['background', /^On record: home city (Lyon|Turin)\.$/, () => {}],
  ];
  for (const [claim, pattern, check] of claims) {
    const match = pattern.exec(answer);
    if (match !== null) {
      check([...match]);
      return claim;
    }
  }
  return undefined;
};

describe('createTemplateAnnotator', () => {
  it('states only numbers that a recount confirms', () => {
    const seen = new Map<string, number>();
    for (const { profile, actions } of users) {
      for (let seed = 0; seed < 4; seed++) {
        for (const pair of annotator.annotate(profile, actions, { count: 12, seed })) {
          const claim = recount(pair.answer, actions) ?? 'other phrasing';
          seen.set(claim, (seen.get(claim) ?? 0) + 1);
          expect(grounding(profile, actions).check(pair)).toEqual({ numbers: [], names: [] });
        }
      }
    }
    expect(seen.size).toBe(19);
  });

  it('is set by its seed and asks about different topics', () => {
    const { profile, actions } = users.find((user) => user.actions.length > 20)!;
    const ask = (seed: number) => annotator.annotate(profile, actions, { count: 6, seed });
    expect(ask(1)).toEqual(ask(1));
    expect(ask(1)).not.toEqual(ask(2));
    for (let seed = 0; seed < 30; seed++) {
      const pairs = ask(seed);
      expect(pairs).toHaveLength(6);
      expect(new Set(pairs.map(({ answer }) => answer)).size).toBeGreaterThanOrEqual(5);
      expect(pairs.every(({ source, topic }) => source === 'uqa' && topic !== undefined)).toBe(
        true,
      );
    }
  });

  it('sees nothing at or after the reference', () => {
    const { profile, actions } = users[1]!;
    const later: Action[] = [0, 0.5, 20].map((timeDays) => ({
      timeDays,
      modality: 'bill',
      category: 'restaurant',
      value: 9999,
    }));
    const options = { count: 10, seed: 7 };
    expect(annotator.annotate(profile, [...actions, ...later], options)).toEqual(
      annotator.annotate(profile, actions, options),
    );
  });

  it('answers for a user without any action', () => {
    const profile: UserProfile = { userId: 'x', referenceDays, events: {}, tabular: {} };
    const answers = annotator
      .annotate(profile, [], { count: 50, seed: 1 })
      .map(({ answer }) => answer);
    expect(answers).toContain('No activity at all in the last 60 days.');
    for (const answer of answers) expect(answer).toMatch(/^(?:No|None|Nothing)\b/);
  });

  it('finds topics in event texts where categories do not show them', () => {
    const profile: UserProfile = {
      userId: 'x',
      referenceDays: 100,
      events: { spm: [{ timeDays: 98, text: 'Yoga class' }] },
      tabular: {},
    };
    const answers = Array.from({ length: 40 }, (_, seed) =>
      createTemplateAnnotator({ windowDays: 30 }).annotate(
        profile,
        [{ timeDays: -2, modality: 'spm', category: 'view' }],
        { count: 8, seed },
      ),
    )
      .flat()
      .filter(({ topic }) => topic === 'fitness')
      .map(({ answer }) => answer);
    expect(answers).toContain('Yes: health and fitness once in the last 30 days, on 1 day.');
    expect(answers.join()).not.toContain('No sign');
  });

  it('is known by all that its answers depend on', () => {
    const identities = [
      {},
      { windowDays: 60 },
      { windowDays: 60, scale },
      { windowDays: 60, topics: lifeTopics.slice(1) },
      { windowDays: 60, topK: 3 },
    ].map((options) => createTemplateAnnotator(options).identity);
    expect(new Set(identities).size).toBe(5);
    expect(createTemplateAnnotator({ windowDays, scale }).identity).toBe(annotator.identity);
  });

  it('stops when asked to', () => {
    const { profile, actions } = users[0]!;
    const signal = AbortSignal.abort();
    expect(() => annotator.annotate(profile, actions, { count: 1, seed: 1, signal })).toThrow(
      'aborted',
    );
  });
});
