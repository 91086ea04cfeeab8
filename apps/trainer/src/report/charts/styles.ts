/** What tells a series apart, each by itself enough: colour, marker, dash, pattern. */
export interface SeriesStyle {
  readonly colour: string;
  readonly symbol: string;
  readonly dash: 'solid' | readonly number[];
  readonly decal: object;
}

/**
 * Okabe and Ito's colours, told apart with any colour vision; yellow, faint on paper, comes last.
 */
const colours = [
  '#D55E00',
  '#0072B2',
  '#009E73',
  '#E69F00',
  '#56B4E9',
  '#CC79A7',
  '#000000',
  '#F0E442',
] as const;

const symbols = [
  'circle',
  'rect',
  'triangle',
  'diamond',
  'emptyCircle',
  'emptyRect',
  'emptyTriangle',
  'emptyDiamond',
] as const;

const dashes = ['solid', [6, 3], [2, 2], [9, 3, 2, 3], [12, 4], [4, 2, 1, 2, 1, 2]] as const;

const ink = 'rgba(0,0,0,0.35)';

/** Stripes at an angle, in degrees from the vertical. */
const stripes = (angle: number, color = ink): object => ({
  symbol: 'rect',
  symbolSize: 1,
  color,
  dashArrayX: [1, 0],
  dashArrayY: [2, 5],
  rotation: (angle * Math.PI) / 180,
});

/** Staggered marks. */
const marks = (symbol: string, symbolSize: number): object => ({
  symbol,
  symbolSize,
  color: ink,
  dashArrayX: [
    [8, 8],
    [0, 8, 8, 0],
  ],
  dashArrayY: [6, 0],
  rotation: 0,
});

/** Patterns of bars, by ECharts' words; all of a pattern is said, since it fills gaps with its own. */
const decals: readonly object[] = [
  { symbol: 'none' },
  stripes(45),
  stripes(-45),
  marks('circle', 0.7),
  stripes(0),
  stripes(90),
  stripes(45, 'rgba(255,255,255,0.6)'),
  marks('rect', 0.6),
];

/** The style of a number; beyond eight colours repeat, with other dashes. */
export function seriesStyle(style: number): SeriesStyle {
  const round = style % colours.length;
  return {
    colour: colours[round]!,
    symbol: symbols[(style + Math.floor(style / colours.length)) % symbols.length]!,
    dash: dashes[style % dashes.length]!,
    decal: decals[(style + Math.floor(style / colours.length)) % decals.length]!,
  };
}
