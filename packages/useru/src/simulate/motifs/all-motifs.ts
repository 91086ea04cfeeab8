import { concertPath } from './concert-path.js';
import { everyday } from './everyday.js';
import { lifeMarksMotif } from './life-marks.js';
import { moneyRhythm } from './money-rhythm.js';
import type { Motif } from './motif.js';
import { passThrough } from './pass-through.js';
import { payDayCoupons } from './pay-day-coupons.js';
import { signIns } from './sign-ins.js';
import { takeoutPhases } from './takeout-phases.js';
import { testAndDrain } from './test-and-drain.js';
import { brandTraces, wealthTraces } from './traces.js';
import { treeStreaks } from './tree-streaks.js';

/** Every stream of events, by the name of its random stream. */
export const motifs: Readonly<Record<string, Motif>> = {
  everyday,
  moneyRhythm,
  lifeMarks: lifeMarksMotif,
  testAndDrain,
  passThrough,
  concertPath,
  payDayCoupons,
  takeoutPhases,
  treeStreaks,
  signIns,
  brandTraces,
  wealthTraces,
};
