import { createRandom, InputError } from '@q-anchor/core';
import { fitFutureScale, futureAnswers, type Action, type FutureScale } from '@q-anchor/useru';
import { describe, expect, it } from 'vitest';

/** User `level` visits `level` times a day, on every `6 - level`-th day, and is marked `20 * level - 5`. */
const actionsOf = (level: number, fromDay: number): Action[] => {
  const actions: Action[] = [];
  for (let day = 0; day < 30; day += 6 - level) {
    for (let i = 0; i < level; i++) {
      actions.push({
        timeDays: fromDay + day,
        modality: 'page',
        category: i < 2 ? 'forum' : 'quiz',
      });
    }
  }
  if (level > 0) {
    actions.push({
      timeDays: fromDay + 12,
      modality: 'exam',
      category: 'submitted',
      value: 20 * level - 5,
    });
    actions.push({ timeDays: fromDay + 20, modality: 'exam', category: 'missed' });
  }
  return actions;
};

const population = [0, 1, 2, 3, 4, 5].map((level) => ({ actions: actionsOf(level, 0) }));
const scale: FutureScale = fitFutureScale(population, { horizonDays: [14, 30] });

const answersByTopic = (actions: readonly Action[], past: readonly Action[] = []) => {
  const byTopic = new Map<string, string[]>();
  for (const { topic = '', answer } of futureAnswers({ actions, past, seed: 1, scale })) {
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), answer]);
  }
  return byTopic;
};

const sixPairs = (seed: number) =>
  futureAnswers({
    actions: actionsOf(2, 0),
    past: [],
    scale,
    seed,
    count: 6,
    horizonDays: [14, 30],
  });

describe('futureAnswers', () => {
  it('words every aspect of a middling user', () => {
    const answers = answersByTopic(actionsOf(3, 0), actionsOf(5, -30));
    expect(
      Object.fromEntries([...answers].map(([topic, list]) => [topic, list.toSorted()])),
    ).toEqual({
      'likely-actions': [
        'First forum and quiz; from day 11 forum, quiz and submitted; from day 21 missed.',
      ],
      activity: ['Activity moderate: 25 to 39 actions, active days moderate, 10 to 14 of 30.'],
      course: [
        'In four parts of the 30 days: moderate, then moderate, then moderate, then moderate.',
      ],
      trend: ['Activity falls sharply against the previous 30 days, from very high to moderate.'],
      inactivity: [
        'Stays active: 15 to 24 of 30 days silent, longest silence 1 to 2 days, last active in week 4 of 4.',
      ],
      regularity: ['Very regular: active in each of the 4 weeks, on about 2 days a week.'],
      return: ['Next active at once, within one day, with forum and quiz.'],
      mix: ['From most to least: page moderate, exam very low.'],
      volume: [
        'Exam moderate, two in all: missed one, submitted one; about as before.',
        'Page moderate, 25 to 39 in all: forum 15 to 24, quiz 10 to 14; much less than before.',
      ],
      score: ['Score in exam fair, lower than before; weakest fair; one scored, one without.'],
      category: [
        'Forum moderate: 15 to 24, in each week, much less than before.',
        'Missed moderate: one, in week 3, about as before.',
        'Quiz very low: 10 to 14, in each week, much less than before.',
        'Submitted moderate: one, score fair, in week 2, about as before.',
      ],
    });
  });

  it('orders users: a busier one never has a lower word', () => {
    const words = ['none', 'very low', 'low', 'moderate', 'high', 'very high'];
    const levels = [0, 1, 2, 3, 4, 5].map((level) => {
      const answer = answersByTopic(actionsOf(level, 0)).get('activity')![0]!;
      return words.indexOf(/^Activity ([a-z ]+):/.exec(answer)![1]!);
    });
    expect(levels).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('says nothing of everything for a user who stays away', () => {
    const answers = [...answersByTopic([], actionsOf(3, -30)).values()].flat();
    expect(answers).toContain('No activity at all: the user is inactive for the whole 30 days.');
    expect(answers).toContain(
      'Activity stops completely against the previous 30 days, from moderate to none.',
    );
    expect(answers).toContain('Exam none: not a single action, unlike before.');
    for (const answer of answers) expect(answer).toMatch(/\bno\b|\bnone\b|Nothing|Not /iu);
  });

  it('does not take an omission for activity', () => {
    const missed: Action[] = [{ timeDays: 20, modality: 'exam', category: 'missed' }];
    const answers = answersByTopic(missed);
    expect(answers.get('activity')).toEqual(['Activity none: not a single active day in 30 days.']);
    expect(answers.get('score')).toEqual(['No score in exam: of one in all, nothing is scored.']);
    expect(answers.get('category')).toContain(
      'Missed moderate: one, in week 3, new compared with before.',
    );
  });

  it('words amounts and tells equal categories apart by their modality', () => {
    const pay = (value: number, modality = 'bill'): Action => ({
      timeDays: 3,
      modality,
      category: 'food',
      ...(modality === 'bill' ? { value } : {}),
    });
    const samples = [1, 2, 3, 4, 500].map((value) => ({
      actions: [pay(value), pay(value), pay(value, 'search')],
    }));
    const amounts = futureAnswers({
      actions: [pay(3), pay(5)],
      past: [{ ...pay(2), timeDays: -3 }],
      seed: 1,
      scale: fitFutureScale(samples),
    });
    const answerOf = (topic: string) =>
      amounts.filter((pair) => pair.topic === topic).map(({ answer }) => answer);
    expect(answerOf('amount')).toEqual([
      'Typical amount in bill high, higher than before; sum of all high, two times.',
    ]);
    expect(answerOf('likely-actions')).toEqual(['First food (bill).']);
  });

  it('calls modalities as it is told to', () => {
    const answers = futureAnswers({
      actions: actionsOf(3, 0),
      past: [],
      seed: 1,
      scale,
      modalityWords: { exam: 'tests' },
    });
    const texts = answers.map(({ query, answer }) => `${query} ${answer}`).join(' ');
    expect(texts).not.toMatch(/\bexam\b/iu);
    expect(texts).toContain('Score in tests fair');
    expect(texts).toMatch(/in tests [a-z ]+ the (?:next|coming)/u);
    expect(texts).toContain('Page moderate, 25 to 39 in all');
  });

  it('words a trend without contradicting itself', () => {
    const levels = [1, 2, 3, 4, 5];
    for (const now of levels) {
      for (const before of levels) {
        const [trend = ''] = answersByTopic(actionsOf(now, 0), actionsOf(before, -30)).get(
          'trend',
        )!;
        const said = /^Activity (stays about the same|rises|falls)/u.exec(trend)![1];
        expect(said).toBe(
          now === before ? 'stays about the same' : now > before ? 'rises' : 'falls',
        );
        expect(/from (.+) to (.+)\./u.exec(trend) === null).toBe(now === before);
      }
    }
    expect(answersByTopic(actionsOf(3, 0), actionsOf(3, -30)).get('trend')).toEqual([
      'Activity stays about the same as in the previous 30 days, at a level of moderate.',
    ]);
  });

  it('sees a user fall silent', () => {
    const early = actionsOf(3, 0).filter((action) => action.timeDays < 6);
    expect(answersByTopic(early).get('inactivity')).toEqual([
      'Goes silent: 25 to 30 of 30 days silent, longest silence 22 to 30 days, last active in week 1 of 4.',
    ]);
  });

  it('does not look beyond the horizon, nor before the reference', () => {
    const inside = actionsOf(4, 0);
    const outside = [
      ...inside,
      { timeDays: 30, modality: 'page', category: 'quiz' },
      { timeDays: -0.01, modality: 'page', category: 'quiz' },
    ];
    expect([...answersByTopic(outside)]).toEqual([...answersByTopic(inside)]);
  });

  it('is set by its seed, and draws distinct aspects', () => {
    expect(sixPairs(3)).toEqual(sixPairs(3));
    expect(sixPairs(3)).not.toEqual(sixPairs(4));
    const periods = new Set<string>();
    const kinds = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const pairs = sixPairs(seed);
      expect(pairs).toHaveLength(6);
      for (const { query, answer, source, topic } of pairs) {
        expect(source).toBe('future');
        expect(query).not.toMatch(/[{}]/u);
        kinds.add(topic!);
        if (/14 days|two weeks/u.test(query)) periods.add('14');
        if (/30 days|month/u.test(query)) periods.add('30');
        const length = answer.split(' ').length;
        expect(length).toBeGreaterThanOrEqual(5);
        expect(length).toBeLessThanOrEqual(25);
      }
    }
    expect(periods.size).toBe(2);
    expect(kinds.size).toBe(11);
  });

  it('does not depend on the order of the actions', () => {
    const actions = actionsOf(4, 0);
    const mixed = createRandom(5).shuffled(actions);
    expect([...answersByTopic(mixed)]).toEqual([...answersByTopic(actions)]);
  });

  it('refuses a horizon that the scale does not know', () => {
    expect(() => futureAnswers({ actions: [], past: [], seed: 1, scale, horizonDays: 7 })).toThrow(
      InputError,
    );
  });
});

const kindOf = (found: FutureScale) =>
  found.horizons[0]!.modalities.map(({ modality, valueKind }) => [modality, valueKind]);

describe('fitFutureScale', () => {
  it('takes exams for scores and prices for amounts', () => {
    const prices = [3, 4, 5, 250].map((value) => ({
      actions: [{ timeDays: 1, modality: 'bill', category: 'food', value }],
    }));
    expect(kindOf(scale)).toEqual([
      ['exam', 'score'],
      ['page', undefined],
    ]);
    expect(kindOf(fitFutureScale(prices))).toEqual([['bill', 'amount']]);
  });

  it('survives JSON unchanged', () => {
    expect(JSON.parse(JSON.stringify(scale))).toEqual(scale);
  });

  it('leaves rare categories out and says so', () => {
    const samples = Array.from({ length: 100 }, (_, i) => ({
      actions: [{ timeDays: 0, modality: 'page', category: i === 0 ? 'rare' : 'home' }],
    }));
    expect(fitFutureScale(samples).horizons[0]!.modalities).toEqual([
      { modality: 'page', categories: [{ category: 'home', share: 0.99 }], closed: false },
    ]);
  });

  it('refuses an empty or impossible list of horizons', () => {
    expect(() => fitFutureScale([], { horizonDays: [] })).toThrow(InputError);
    expect(() => fitFutureScale([], { horizonDays: 0 })).toThrow(InputError);
  });
});
