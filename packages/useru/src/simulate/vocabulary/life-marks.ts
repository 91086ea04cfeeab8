import type { LifeEventKind } from '../person/life-events.js';
import type { SimulatedModality } from './modalities.js';

/** An event by which a change in life shows. */
export interface LifeMark {
  readonly modality: SimulatedModality;
  readonly text: string;
  readonly category: string;
  readonly value?: number;
}

const mark = (
  modality: SimulatedModality,
  category: string,
  rest: { readonly text: string; readonly value?: number },
): LifeMark => ({ modality, category, ...rest });

/** By what life events show. */
export const lifeMarks: Readonly<Record<LifeEventKind, readonly LifeMark[]>> = {
  newJob: [
    mark('bill', 'shopping', { text: 'shopping office suit', value: 120 }),
    mark('mini', 'household services', { text: 'household services commuter card' }),
    mark('search', 'work search', { text: 'first day at work tips' }),
    mark('spm', 'life payments', { text: 'life payments employer change' }),
  ],
  move: [
    mark('bill', 'moving', { text: 'moving company van rental', value: 160 }),
    mark('bill', 'household goods', { text: 'household goods bed and shelves', value: 220 }),
    mark('search', 'home search', { text: 'moving boxes nearby' }),
    mark('spm', 'life payments', { text: 'life payments address change' }),
  ],
  baby: [
    mark('bill', 'family', { text: 'family diapers and baby formula', value: 60 }),
    mark('search', 'family search', { text: 'newborn sleep help' }),
    mark('app', 'family app', { text: 'family app baby log' }),
    mark('mini', 'parenting', { text: 'parenting birth registration' }),
  ],
  breakUp: [
    mark('search', 'home search', { text: 'single room to rent' }),
    mark('bill', 'entertainment', { text: 'entertainment night club', value: 35 }),
    mark('app', 'dating app', { text: 'dating app Little Spark' }),
    mark('spm', 'family account', { text: 'family account leave shared wallet' }),
  ],
  debtSpiral: [
    mark('spm', 'credit pages', { text: 'credit loan apply form' }),
    mark('search', 'finance search', { text: 'borrow money fast' }),
    mark('bill', 'late fee', { text: 'late fee credit card', value: 25 }),
    mark('app', 'finance app', { text: 'finance app Rapid Loan' }),
  ],
  newHobby: [
    mark('search', 'hobby search', { text: 'beginner lessons nearby' }),
    mark('bill', 'hobby', { text: 'hobby starter kit', value: 70 }),
    mark('mini', 'clubs', { text: 'clubs trial evening' }),
    mark('app', 'video app', { text: 'video app lessons for beginners' }),
  ],
};
