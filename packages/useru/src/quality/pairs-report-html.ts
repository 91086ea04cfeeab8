import type { PairSource } from '../dataset/pairs.js';
import type { PairCheck, PairFinding } from './check-pairs.js';
import type { PairsReport } from './pairs-report.js';
import type { LengthBin, SourceQuality } from './source-quality.js';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as text: markup is escaped, and what can't be seen, or turns the writing, is spelt out. */
const escaped = (text: string): string =>
  text
    .replaceAll(/[&<>"']/gu, (character) => entities[character]!)
    .replaceAll(
      /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
      (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
    );

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const row = (cells: ReadonlyArray<string | number>, tag = 'td'): string =>
  `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;

const table = (heads: readonly string[], rows: readonly string[]): string =>
  `<table><thead>${row(heads, 'th')}</thead><tbody>${rows.join('')}</tbody></table>`;

const bar = (value: number, most: number): string =>
  `<span class="bar" style="width:${Math.round((160 * value) / Math.max(1, most))}px"></span>`;

const histogram = (title: string, bins: readonly LengthBin[]): string => {
  const most = Math.max(...bins.map(({ pairs }) => pairs), 1);
  return `<h3>${title}</h3>${table(
    ['words', 'pairs', ''],
    bins.map(({ from, to, pairs }) => row([`${from}–${to}`, pairs, bar(pairs, most)])),
  )}`;
};

const pairCells = ({ topic = '', query, answer }: PairFinding['pair']): string[] =>
  [topic, query, answer].map(escaped);

const sourceText: Readonly<Record<PairSource, string>> = { future: 'D_future', uqa: 'D_uqa' };

const sourceHtml = (source: PairSource, quality: SourceQuality): string => {
  const most = Math.max(...quality.topics.map(({ pairs }) => pairs), 1);
  const [one, two, three] = quality.distinct.map((share) => share.toFixed(4));
  return `<section><h2>${sourceText[source]}: ${quality.pairs} pairs</h2>
<p>Two pairs drawn at random have the same answer in ${percent(quality.equalAnswerShare)} of cases.
distinct-1 ${one}, distinct-2 ${two}, distinct-3 ${three} over ${quality.countedAnswers} answers.</p>
<h3>Topics</h3>${table(
    ['topic', 'pairs', '', 'different answers', 'equal answers'],
    quality.topics.map(({ topic, pairs, distinctAnswers, equalAnswerShare }) =>
      row([escaped(topic), pairs, bar(pairs, most), distinctAnswers, percent(equalAnswerShare)]),
    ),
  )}
${histogram('Words an answer', quality.answerWords)}
${histogram('Words a query', quality.queryWords)}</section>`;
};

const checkHtml = (title: string, check: PairCheck | undefined): string => {
  if (check === undefined) return row([title, 'not done', '']);
  return row([
    title,
    check.pairs,
    `<b class="${check.faults === 0 ? 'good' : 'bad'}">${check.faults}</b>`,
  ]);
};

const findingsHtml = (title: string, check: PairCheck | undefined): string =>
  check === undefined || check.findings.length === 0
    ? ''
    : `<h3>${title}: the first faults</h3>${table(
        ['topic', 'query', 'answer', 'problem'],
        check.findings.map(({ pair, problem }) => row([...pairCells(pair), escaped(problem)])),
      )}`;

/** Topics that gave no pair. */
const skippedHtml = (skipped: PairsReport['annotator']['skipped']): string =>
  skipped.length === 0
    ? ''
    : `<section><h2>Topics left out</h2>${table(
        ['subject', 'topic', 'reason'],
        skipped.map(({ subject, topic, reason }) => row([subject, topic, reason].map(escaped))),
      )}</section>`;

const style = `body{font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430}
h1,h2,h3{line-height:1.2}h2{margin-top:2.5rem;border-bottom:1px solid #ccd3dc}
table{border-collapse:collapse;margin:.5rem 0 1rem}td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{color:#5a6675;font-weight:600}tbody tr:nth-child(even){background:#f4f6f9}
.bar{display:inline-block;height:.7rem;background:#3b6fb6}.good{color:#1f7a3d}.bad{color:#b3261e}`;

/**
 * A report of pairs as one HTML page: styles inline, no script, nothing loaded, all text escaped.
 */
export function pairsReportHtml(report: PairsReport): string {
  const { dataset, digest, annotator, sources, samples } = report;
  const checks = [
    ['D_uqa mentions nothing from after the reference', report.uqaLeakage],
    ['D_future answers stand in no profile', report.futureLeakage],
    ['Numbers and names of template answers are in the facts', report.grounding],
  ] as const;
  const counts = Object.entries(annotator.counts);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><title>Pairs of ${escaped(dataset)}</title>
<style>${style}</style></head><body>
<h1>Pairs of ${escaped(dataset)}</h1>
<p>D_uqa by the annotator ${escaped(annotator.name)}. Dataset ${escaped(digest.slice(0, 16))}.</p>
${
  counts.length === 0
    ? ''
    : table(
        ['annotator', ''],
        counts.map(([name, count]) => row([escaped(name), Math.round(count * 1e6) / 1e6])),
      )
}
${skippedHtml(annotator.skipped)}
<section><h2>Checks</h2><p>Against the records of ${report.checkedReferences} reference points.</p>
${table(
  ['check', 'pairs', 'faults'],
  checks.map(([title, check]) => checkHtml(title, check)),
)}
${checks.map(([title, check]) => findingsHtml(title, check)).join('')}</section>
${(['uqa', 'future'] as const).map((source) => sourceHtml(source, sources[source])).join('\n')}
${(['uqa', 'future'] as const)
  .map(
    (source) =>
      `<section><h2>${sourceText[source]}: a sample</h2>${table(
        ['topic', 'query', 'answer'],
        samples[source].map((pair) => row(pairCells(pair))),
      )}</section>`,
  )
  .join('\n')}
</body></html>
`;
}
