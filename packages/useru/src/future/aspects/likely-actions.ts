import { binActions, selectActions, type ActionCell } from '../selection.js';
import { wordsOf } from '../modality-words.js';
import { capital, listWords } from '../wording.js';
import type { FutureAspect, FutureContext } from './aspect.js';

const queries = [
  "What are the user's most likely actions in the next {period}?",
  'What will the user most likely do over the next {period}?',
  'Which actions should we expect from this user in the coming {period}?',
  'Describe what this user is going to do during the next {period}.',
];

const maxCategoryWords = 4;

/** When a bin begins, in words. */
const binWords = (bin: number, { ahead, bins }: FutureContext): string =>
  bin === 0 ? 'first' : `from day ${Math.floor((bin * ahead.lengthDays) / bins) + 1}`;

/** A category of several modalities is told apart by its modality; long ones are cut. */
const cellWords = ({ modality, category }: ActionCell, context: FutureContext): string => {
  const { scale, modalityWords } = context;
  const name = category.split(' ').slice(0, maxCategoryWords).join(' ');
  const owners = scale.modalities.filter(({ categories }) =>
    categories.some((entry) => entry.category === category),
  );
  return owners.length > 1 ? `${name} (${wordsOf(modality, modalityWords)})` : name;
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
        if (names.length > 0) parts.push(`${binWords(bin, context)} ${listWords(names)}`);
      }
      return `${capital(parts.join('; '))}.`;
    },
  };
}
