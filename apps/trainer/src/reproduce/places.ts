import { join } from 'node:path';

/** Where the parts of a reproduction lie below its folder. */
export const placesIn = (out: string) => ({
  dataset: join(out, 'world'),
  run: (name: string): string => join(out, 'runs', name),
  log: (step: string): string => join(out, 'logs', `${step.replaceAll(/[^\w.-]+/gu, '-')}.txt`),
  evaluation: join(out, 'evaluation.json'),
  report: join(out, 'report.html'),
  journal: join(out, 'journal.jsonl'),
  description: join(out, 'reproduction.json'),
});
