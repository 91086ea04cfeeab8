import { baselineNames } from '../baselines/baseline-names.js';

/** The rows of an evaluation, best known first. */
export const rowNames = [
  'promptTuned',
  'promptTunedPrototype',
  'loraTuned',
  'loraTunedPrototype',
  'query',
  'noQuery',
  'randomEncoder',
  'handFeatures',
  'promptTunedBesideHand',
  'loraTunedBesideHand',
  'queryBesideHand',
  'randomEncoderBesideHand',
  'promptTunedSideBySide',
  'loraTunedSideBySide',
  'querySideBySide',
  'randomEncoderSideBySide',
  ...baselineNames,
] as const;

/** A row's name. */
export type RowName = (typeof rowNames)[number];

/** Rows that are made only where they are asked for. */
export const isOnRequest = (row: RowName): boolean =>
  row.endsWith('BesideHand') || row.endsWith('SideBySide');

/** Rows that `--baselines` asks for. */
export const isBaseline = (row: RowName): boolean =>
  (baselineNames as readonly string[]).includes(row);
