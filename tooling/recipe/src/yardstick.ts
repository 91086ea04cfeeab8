import type { Recipe } from './recipe.js';

/** The part of `evaluate --json` that is compared. */
export interface Evaluation {
  readonly scenarios: Readonly<
    Record<string, { readonly rows: Readonly<Record<string, { readonly auc: number }>> }>
  >;
}

const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(3)}`;

/** How far the query's AUC is from the yardstick's, a line a scenario; empty without one. */
export function yardstickText(recipe: Recipe, evaluation: Evaluation): string {
  const { yardstick } = recipe;
  if (!yardstick) return '';
  const lines = Object.entries(yardstick.auc).flatMap(([scenario, auc]) => {
    const own = evaluation.scenarios[scenario]?.rows['query']?.auc;
    if (own === undefined) return [];
    return [
      `  ${scenario.padEnd(14)} ${auc.toFixed(3)}   ours ${own.toFixed(3)} (${signed(own - auc)})`,
    ];
  });
  return [
    `Test AUC of ${yardstick.name}, and our distance with the scenario's query:`,
    ...lines,
  ].join('\n');
}
