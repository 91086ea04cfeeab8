import { element, shape } from '../element.js';

const [width, height] = [320, 64];

/** A line over the last minutes. */
export interface LinePicture {
  readonly node: HTMLElement;
  /** Adds the newest value; undefined where there is none, such as a ratio of nothing. */
  add(value: number | undefined): void;
}

/**
 * A line that grows to the right and forgets its beginning.
 *
 * @param options - title, how a value reads, the most points, the top where it does not follow the values
 */
export function linePicture(options: {
  readonly title: string;
  readonly text: (value: number) => string;
  readonly maxPoints: number;
  readonly top?: number;
}): LinePicture {
  const { title, text, maxPoints } = options;
  const values: (number | undefined)[] = [];
  const now = element('output', {}, '–');
  const path = shape('path', { class: 'line' });
  const picture = shape(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, class: 'chart', 'aria-hidden': 'true' },
    shape('line', { x1: 0, x2: width, y1: height - 1, y2: height - 1, class: 'axis' }),
    path,
  );
  const caption = element('figcaption', {}, `${title} `, now);
  return {
    node: element('figure', {}, caption, picture),
    add(value) {
      values.push(value);
      if (values.length > maxPoints) values.shift();
      now.textContent = value === undefined ? '–' : text(value);
      const top = options.top ?? Math.max(...values.map((one) => one ?? 0), 1e-9);
      let isGap = true;
      let line = '';
      for (const [i, one] of values.entries()) {
        if (one === undefined) {
          isGap = true;
          continue;
        }
        const x = width - (values.length - 1 - i) * (width / (maxPoints - 1));
        const y = height - 2 - (Math.min(one, top) / top) * (height - 5);
        line += `${isGap ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}${isGap ? 'h.1' : ''}`;
        isGap = false;
      }
      path.setAttribute('d', line);
    },
  };
}
