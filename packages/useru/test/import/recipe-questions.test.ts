import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createRandom } from '@q-anchor/core';
import { fitFutureScale, futureAnswers, parseManifest, type Action } from '@q-anchor/useru';
import { expect, it } from 'vitest';

/** The horizons of the recipe's pairs (`tooling/recipe`). */
const horizonDays = [30, 60, 150];

/** What follows a reference: page clicks, and work with scores. */
const drawnActions = (seed: number): Action[] => {
  const random = createRandom(seed);
  return Array.from({ length: 60 }, (_, i): Action => {
    const timeDays = random.integer(150);
    return i % 4 === 0
      ? {
          timeDays,
          modality: 'assessment',
          category: 'submitted tma',
          value: 50 + random.integer(50),
        }
      : { timeDays, modality: 'spm', category: random.pick(['quiz', 'forumng']) };
  });
};

/** Every wording that D_future has for such a dataset. */
const wordings = (modalityWords: Readonly<Record<string, string>>): ReadonlySet<string> => {
  const scale = fitFutureScale(
    Array.from({ length: 10 }, (_, seed) => ({ actions: drawnActions(seed) })),
    { horizonDays },
  );
  const [actions, past] = [drawnActions(1), []];
  const asked = Array.from({ length: 300 }, (_, seed) =>
    futureAnswers({ actions, past, scale, horizonDays, modalityWords, seed }),
  );
  return new Set(asked.flat().map(({ query }) => query));
};

it('OULAD’s scenarios ask what D_future asks, word for word', async () => {
  const path = join(import.meta.dirname, '../../../../recipes/oulad.yaml');
  const { scenarios, modalities } = parseManifest(await readFile(path, 'utf8'), path);
  const modalityWords = Object.fromEntries(
    Object.entries(modalities).map(([name, { words = name }]) => [name, words]),
  );
  const known = wordings(modalityWords);
  // Other lengths of time and other verbs are no wording.
  expect(known).toContain('How active will the user be in the next two months?');
  expect(known).not.toContain('How active will the user be in the next 40 days?');
  const asked = Object.values(scenarios).flatMap(({ queries }) => queries);
  expect(asked.filter((question) => !known.has(question))).toEqual([]);
  expect(Object.values(scenarios).map(({ queries }) => queries.length)).toEqual([1, 3, 3]);
});
