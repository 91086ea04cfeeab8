import type { Answers } from '../answers.js';
import { shape } from '../element.js';

type Point = Answers['v1/map']['data'][number];

const size = 360;
const margin = 14;
const shades = 8;

/** Users on a plane, darker where the probability is higher; Tab reaches one, arrows go from one to the next. */
export function scatter(points: readonly Point[], onChosen: (user: string) => void): SVGElement {
  const largest = Math.max(...points.flatMap(({ x, y }) => [Math.abs(x), Math.abs(y)]), 1e-12);
  const low = Math.min(...points.map(({ probability }) => probability));
  const high = Math.max(...points.map(({ probability }) => probability));
  const place = (value: number): number => size / 2 + (value / largest) * (size / 2 - margin);
  const shadeOf = (probability: number): number =>
    high > low
      ? Math.min(shades - 1, Math.floor((shades * (probability - low)) / (high - low)))
      : shades - 1;
  const inOrder = points.toSorted((a, b) => b.probability - a.probability);
  const dots = inOrder.map(({ user, x, y, probability }, i) =>
    shape(
      'circle',
      {
        cx: place(x).toFixed(1),
        cy: place(-y).toFixed(1),
        r: 4.5,
        class: `shade${shadeOf(probability)}`,
        tabindex: i === 0 ? 0 : -1,
        role: 'button',
        'aria-label': `${user}, ${(100 * probability).toFixed(1)} %`,
        'data-user': user,
      },
      shape('title', {}, `${user}: ${(100 * probability).toFixed(1)} %`),
    ),
  );
  const picture = shape(
    'svg',
    { viewBox: `0 0 ${size} ${size}`, class: 'map', role: 'group', 'aria-label': 'Map of users' },
    shape('line', { x1: 0, x2: size, y1: size / 2, y2: size / 2, class: 'axis' }),
    shape('line', { y1: 0, y2: size, x1: size / 2, x2: size / 2, class: 'axis' }),
    ...dots.toReversed(),
  );
  const go = (from: SVGElement, step: number): void => {
    const at = dots.findIndex((dot) => dot === from);
    const next = dots[(at + step + dots.length) % dots.length]!;
    for (const dot of dots) dot.setAttribute('tabindex', dot === next ? '0' : '-1');
    next.focus();
  };
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: 1,
    ArrowDown: 1,
    ArrowLeft: -1,
    ArrowUp: -1,
  };
  picture.addEventListener('keydown', (event) => {
    const dot = event.target;
    if (!(dot instanceof SVGElement)) return;
    const step = steps[event.key];
    if (step !== undefined) go(dot, step);
    else if (event.key === 'Enter' || event.key === ' ') {
      onChosen(dot.dataset['user']!);
    } else return;
    event.preventDefault();
  });
  picture.addEventListener('click', (event) => {
    const user = event.target instanceof SVGElement && event.target.dataset['user'];
    if (user) onChosen(user);
  });
  return picture;
}

/** Marks one user on a map, if there is a map and the user on it. */
export function markOwn(within: HTMLElement, user: string): void {
  for (const dot of within.querySelectorAll('circle')) {
    const isOwn = dot.dataset['user'] === user;
    dot.classList.toggle('own', isOwn);
    // On top of the others; moved, it would lose the focus.
    if (isOwn && dot !== document.activeElement) dot.parentNode?.append(dot);
  }
}
