import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createRandom } from '@q-anchor/core';
import { importManifest, openDataset, type Dataset, type UserPair } from '@q-anchor/useru';
import { beforeAll } from 'vitest';

import { temporaryFolder } from '../../../../core/test/support/temporary-folder.js';

let root = '';
beforeAll(async () => {
  root = await temporaryFolder();
});

/** Somebody saw a page. */
export interface Visit {
  readonly user: number;
  readonly day: number;
  readonly page: string;
}

const userCount = 60;
/** The day of everybody's reference. */
export const referenceDay = 50;
/** Three of five users train, one validates, one tests. */
export const splitOf = (user: number): string =>
  user % 5 === 0 ? 'test' : user % 5 === 1 ? 'validation' : 'train';

/** Visits of 60 users on 100 days. */
export const allVisits = (): Visit[] => {
  const random = createRandom(11);
  const visits: Visit[] = [];
  for (let user = 0; user < userCount; user++) {
    for (let day = 0; day < 100; day++) {
      if (random.uniform() < 0.05 + (user % 7) / 10) {
        visits.push({ user, day, page: random.pick(['quiz', 'forum', 'hotel']) });
      }
    }
  }
  return visits;
};

/** Imports visits as a dataset, into a folder that is removed after the tests. */
export const importVisits = async (
  name: string,
  options: {
    readonly visits?: readonly Visit[];
    readonly labels?: string;
    readonly observedUntil?: number;
  } = {},
): Promise<Dataset> => {
  const { visits = allVisits(), labels = 'u % 2', observedUntil } = options;
  await writeFile(
    join(root, `${name}.csv`),
    `u,day,page\n${visits.map(({ user, day, page }) => `${user},${day},${page}`).join('\n')}\n`,
  );
  const users = Array.from({ length: userCount }, (_, user) => `${user},${splitOf(user)}`);
  await writeFile(join(root, `${name}-users.csv`), `u,split\n${users.join('\n')}\n`);
  const until = observedUntil === undefined ? '' : `, ${observedUntil} as observed_until`;
  await writeFile(
    join(root, `${name}.yaml`),
    `name: ${name}
windowDays: 40
sources: { visits: ${name}.csv, users: ${name}-users.csv }
references:
  sql: select u as user_id, ${referenceDay} as reference_time, split${until} from users
modalities:
  web: { maxEvents: 30, sql: "select u as user_id, day as time, 'saw ' || page as text, page as category from visits" }
scenarios:
  odd: { domain: test, query: "Is it odd?", sql: "select u as user_id, ${referenceDay} as reference_time, ${labels} as label from users" }
`,
  );
  const outputDir = join(root, `${name}-dataset`);
  await importManifest({ manifestPath: join(root, `${name}.yaml`), outputDir });
  return openDataset(outputDir);
};

/** All pairs of a dataset. */
export const readPairs = async (dataset: Dataset): Promise<UserPair[]> => {
  const pairs: UserPair[] = [];
  for await (const batch of dataset.pairs()) pairs.push(...batch);
  return pairs;
};
