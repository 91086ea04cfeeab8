import type { WeightPrecision } from '@q-anchor/dual-tower';
import type { ProbabilityAgreement } from '@q-anchor/prompt-tuning';

import type { DatasetAgreement } from './agreement.js';

/** What was exported. */
export interface ExportOutcome {
  readonly out: string;
  readonly weights: WeightPrecision;
  readonly digest: string;
  /** How near it is to what it was made of, where that was measured. */
  readonly agreement: DatasetAgreement | undefined;
  /** Bytes of its weights, and of those it was made of. */
  readonly bytes: number;
  readonly bytesBefore: number;
  /** Scenarios whose artefacts went with it. */
  readonly names: readonly string[];
}

/** The one line of `export --json`. */
export function exportJson(outcome: ExportOutcome): string {
  const { weights, bytes, bytesBefore, digest, agreement, names } = outcome;
  const scenarios = names.map((name) => [name, agreement?.scenarios.get(name) ?? null] as const);
  return JSON.stringify({
    weights,
    bytes,
    bytesBefore,
    digest,
    agreement: agreement?.embeddings,
    scenarios: Object.fromEntries(scenarios),
  });
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

const apart = (by: string, found: ProbabilityAgreement | undefined): string =>
  found ? `, by ${by} ${found.high.toFixed(4)} (largest ${found.worst.toFixed(4)})` : '';

/** An export for people. */
export function exportText(outcome: ExportOutcome): string {
  const { out, weights, bytes, bytesBefore, agreement, names } = outcome;
  const lines = [
    `${weights} weights in ${out}: ${megabytes(bytes)}, before ${megabytes(bytesBefore)}`,
  ];
  if (agreement) {
    const { count, mean, low, worst } = agreement.embeddings;
    lines.push(
      `cosine to float32 over ${count} embeddings: mean ${mean.toFixed(6)}, ` +
        `99 in 100 at least ${low.toFixed(6)}, lowest ${worst.toFixed(6)}`,
    );
  }
  for (const name of names) {
    const own = agreement?.scenarios.get(name);
    lines.push(
      own
        ? `scenario ${name}: cosine of 99 in 100 at least ${own.embeddings.low.toFixed(6)}; ` +
            'probabilities of 99 in 100 at most this far apart' +
            `${apart('prototypes', own.prototypes)}${apart('the probe', own.probe)}`
        : `scenario ${name}: its artefact goes with it, not compared`,
    );
  }
  return lines.join('\n');
}
