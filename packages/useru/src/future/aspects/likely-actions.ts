import { binActions, selectActions, type ActionCell } from '../selection.js';
import type { FutureAspect, FutureContext } from './aspect.js';

const queries = [
  "What are the user's most likely actions in the next {period}?",
  'What will the user most likely do over the next {period}?',
  'Which actions should we expect from this user in the coming {period}?',
  'Describe what this user is going to do during the next {period}.',
];

const maxCategoryWords = 4;

const binWords = (bin: number, context: FutureContext): string => {
  const days = context.ahead.lengthDays / context.bins;
  const first = Math.floor(bin * days) + 1;
  const last = Math.max(first, Math.floor((bin + 1) * days));
  return first === last ? `day ${first}` : `days ${first} to ${last}`;
};

/** A category of several modalities is told apart by its modality; long ones are cut. */
const cellWords = ({ modality, category }: ActionCell, { scale }: FutureContext): string => {
  const name = category.split(' ').slice(0, maxCategoryWords).join(' ');
  const owners = scale.modalities.filter(({ categories }) =>
    categories.some((entry) => entry.category === category),
  );
  return owners.length > 1 ? `${modality} ${name}` : name;
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
      const parts: string[] = [];
      for (let bin = 0; bin < bins; bin++) {
        const names = selected
          .filter((cell) => cell.bin === bin)
          .map((cell) => cellWords(cell, context));
        if (names.length > 0) parts.push(`${binWords(bin, context)}: ${names.join(', ')}`);
      }
      const text = parts.join('; ');
      return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
    },
  };
}
