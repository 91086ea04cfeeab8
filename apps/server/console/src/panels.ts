import type { Answers } from './answers.js';
import { counted } from './counted.js';
import { element } from './element.js';
import { vectorPicture } from './pictures/vector.js';
import { bar, table } from './table.js';

const note = (text: string): HTMLElement => element('p', { class: 'note' }, text);

const endings: Readonly<Record<Answers['v1/answers']['stop_reason'], string>> = {
  end: 'complete',
  maxTokens: 'cut at the most tokens',
  positions: 'cut at the longest sequence',
  stopped: 'cut, since it took too long',
};

/** The answer in words. */
export const wordsPanel = ({
  text,
  tokens,
  stop_reason: reason,
  mean_log_probability: mean,
}: Answers['v1/answers']): readonly Node[] => [
  element('blockquote', {}, text === '' ? '(an empty answer)' : text),
  note(
    `${counted(tokens, 'token')}, ${endings[reason]}` +
      (mean === null ? '' : `; ${(100 * Math.exp(mean)).toFixed(0)} % sure a token`),
  ),
];

/** The embedding, and what the cache saved. */
export function embeddingPanel(
  { data, usage }: Answers['v1/embeddings'],
  ms: number,
): readonly Node[] {
  const vector = data[0]!.embedding as number[];
  const { prompt_tokens: tokens, prompt_tokens_details: details } = usage;
  return [
    vectorPicture(vector),
    note(
      `${vector.length} numbers: ${vector
        .slice(0, 4)
        .map((x) => x.toFixed(3))
        .join(', ')}, …`,
    ),
    element(
      'dl',
      {},
      element('dt', {}, 'Tokens'),
      element('dd', {}, String(tokens)),
      element('dt', {}, 'from the cache'),
      element('dd', { id: 'cached' }, String(details.cached_tokens)),
      element('dt', {}, 'Time'),
      element('dd', {}, `${ms.toFixed(0)} ms`),
    ),
  ];
}

/** Probabilities by scenario. */
export const scoresPanel = ({ data }: Answers['v1/scores']): readonly Node[] => [
  table(data, {
    caption: 'Calibrated probability by scenario',
    columns: [
      { title: 'Scenario', cell: ({ scenario }) => scenario },
      { title: 'Probability', cell: ({ probability }) => bar(probability) },
    ],
  }),
];

/** The nearest users; choosing one asks about it. */
export function nearestPanel(
  { data, known, compared }: Answers['v1/nearest'],
  onChosen: (user: string) => void,
): readonly Node[] {
  if (data.length === 0) return [note('No other user is known.')];
  const button = (user: string): HTMLElement => {
    const made = element('button', { type: 'button', class: 'link' }, user);
    made.addEventListener('click', () => onChosen(user));
    return made;
  };
  return [
    table(data, {
      caption: 'By the cosine of embeddings for this question',
      columns: [
        { title: 'User', cell: ({ user }) => button(user) },
        { title: 'Cosine', cell: ({ cosine }) => cosine.toFixed(4), isNumber: true },
      ],
    }),
    note(`Among ${compared} of ${counted(known, 'other user')}.`),
  ];
}

/** Attention by level and modality. */
export function attentionPanel({ shares, even }: Answers['v1/attention']): readonly Node[] {
  const rows = [
    ['user', shares.user, even.user] as const,
    ...Object.entries(shares.modalities).flatMap(([name, own]) =>
      (['events', 'summary', 'markers'] as const).map(
        (part) => [`${name} ${part}`, own[part], even.modalities[name]![part]] as const,
      ),
    ),
    ...(shares.header > 0 ? [['header', shares.header, even.header] as const] : []),
    ['question', shares.query, even.query] as const,
    ['itself', shares.self, even.self] as const,
  ];
  return [
    table(rows, {
      caption: 'Share of attention, mean over layers; the mark is an even spread',
      columns: [
        { title: 'To', cell: ([name]) => name },
        { title: 'Share', cell: ([, share, spread]) => bar(share, spread) },
      ],
    }),
  ];
}

/** The events that most attention goes to. */
export const eventsPanel = ({ top_events: events }: Answers['v1/attention']): readonly Node[] =>
  events.length === 0
    ? [note('This user has no events.')]
    : [
        table(events, {
          caption: 'Events by attention',
          columns: [
            {
              title: 'Event',
              cell: ({ text }) => element('span', { class: 'clamp', title: text }, text),
            },
            { title: 'Modality', cell: ({ modality }) => modality },
            {
              title: 'Days ago',
              cell: ({ days_before: days }) => days.toFixed(1),
              isNumber: true,
            },
            {
              title: 'Share',
              cell: ({ share }) => `${(100 * share).toFixed(1)} %`,
              isNumber: true,
            },
          ],
        }),
      ];
