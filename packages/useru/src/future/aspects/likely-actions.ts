import { binActions, selectActions } from '../selection.js';
import type { FutureAspect, FutureContext } from './aspect.js';

const queries = [
  "What are the user's most likely actions in the next {period}?",
  'What will the user most likely do over the next {period}?',
  'Which actions should we expect from this user in the coming {period}?',
  'Describe what this user is going to do during the next {period}.',
];

const binWords = (bin: number, context: FutureContext): string => {
  const days = context.ahead.lengthDays / context.bins;
  const first = Math.floor(bin * days) + 1;
  const last = Math.max(first, Math.floor((bin + 1) * days));
  return first === last ? `day ${first}` : `days ${first} to ${last}`;
};

/** The paper's one future query: selected cells of time x category, in order of time. */
export function likelyActionsAspect(context: FutureContext): FutureAspect {
  return {
    kind: 'likely-actions',
    queries,
    answer: () => {
      const { actions, ahead, bins, budget, decay } = context;
      const cells = binActions(actions, { horizonDays: ahead.lengthDays, bins });
      const selected = selectActions(cells, { budget, decay });
      if (selected.length === 0) return 'Nothing at all: the user stays inactive in this period.';
      const several = new Set(selected.map((cell) => cell.modality)).size > 1;
      const parts: string[] = [];
      for (let bin = 0; bin < bins; bin++) {
        const names = selected
          .filter((cell) => cell.bin === bin)
          .map((cell) =>
            several && cell.modality !== cell.category
              ? `${cell.modality} ${cell.category}`
              : cell.category,
          );
        if (names.length > 0) parts.push(`${binWords(bin, context)}: ${names.join(', ')}`);
      }
      const text = parts.join('; ');
      return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
    },
  };
}
