import type { DatasetInfo } from '@q-anchor/useru';

/** A dataset in a few lines. */
export function datasetSummary({ name, counts, tabular }: DatasetInfo, directory: string): string {
  const splits = Object.entries(counts.references)
    .map(([split, users]) => `${split} ${users}`)
    .join(', ');
  const events = Object.entries(counts.events).map(([modality, { rows, skipped }]) => {
    const left = Object.entries(skipped).filter(([, count]) => count > 0);
    const words = left.map(([reason, count]) => `${count} ${reason}`).join(', ');
    return `  ${modality}: ${rows} events${words === '' ? '' : ` (left out: ${words})`}`;
  });
  const labels = Object.entries(counts.labels).map(([scenario, bySplit]) => {
    const words = Object.entries(bySplit).map(
      ([split, { users, positives }]) => `${split} ${positives} of ${users}`,
    );
    return `  ${scenario}: positives ${words.join(', ')}`;
  });
  return [
    `Dataset ${name} in ${directory}: ${counts.users} users, reference points ${splits}`,
    ...events,
    `  tabular: ${tabular.columns.length} columns`,
    ...labels,
  ].join('\n');
}
