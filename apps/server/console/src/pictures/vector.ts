import { shape } from '../element.js';

const [width, height] = [320, 56];

/** The numbers of a vector as bars up and down from the middle. */
export function vectorPicture(vector: readonly number[]): SVGElement {
  const largest = Math.max(...vector.map(Math.abs), 1e-12);
  const step = width / vector.length;
  const bars = vector.map((value, i) => {
    const size = (Math.abs(value) / largest) * (height / 2 - 1);
    return shape('rect', {
      x: i * step,
      y: value > 0 ? height / 2 - size : height / 2,
      width: Math.max(0.5, step * 0.8),
      height: size,
      class: value > 0 ? 'up' : 'down',
    });
  });
  return shape(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`,
      class: 'vector',
      role: 'img',
      'aria-label': `The ${vector.length} numbers of the embedding as bars`,
    },
    ...bars,
  );
}
