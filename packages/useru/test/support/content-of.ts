import { openDataset } from '@q-anchor/useru';

/** All that a dataset says of its users: references, profiles and actions. */
export async function contentOf(directory: string) {
  const dataset = await openDataset(directory);
  try {
    const references = await dataset.references();
    const profiles = [];
    for await (const batch of dataset.profiles(references)) profiles.push(...batch);
    const actions = [];
    const range = { fromDays: -1000, toDays: 1000 };
    for await (const batch of dataset.actions(references, range)) actions.push(...batch);
    return { references, profiles, actions };
  } finally {
    await dataset[Symbol.asyncDispose]();
  }
}
