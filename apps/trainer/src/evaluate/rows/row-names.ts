import { baselineNames, withoutProfile } from '../baselines/baseline-names.js';

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
  ...withoutProfile.map((name) => `${name}BesideHand` as const),
] as const;

/** A row's name. */
export type RowName = (typeof rowNames)[number];

/** Rows that `--baselines` asks for. */
export const isBaseline = (row: RowName): boolean =>
  (baselineNames as readonly string[]).includes(row.replace(/BesideHand$/u, ''));

/** Rows that are made only where `--rows` asks for them. */
export const isOnRequest = (row: RowName): boolean =>
  !isBaseline(row) && (row.endsWith('BesideHand') || row.endsWith('SideBySide'));
