/** What all other points do to one, in the plane. */
interface Repulsion {
  /** `sum_j (1 + d_ij^2)^-1`. */
  normaliser: number;
  /** First coordinate of `sum_j (1 + d_ij^2)^-2 (y_i - y_j)`. */
  x: number;
  /** Second coordinate. */
  y: number;
}

/** Points of the plane in nested squares. */
export interface Quadtree {
  /** Adds up the other points as seen from point `i`; squares that look small are taken as one point. */
  repulsionOn(i: number): Repulsion;
}

/** Points still together in a square this deep are as good as one: its side is 2^-48 of the whole. */
const deepest = 48;

/**
 * Barnes and Hut's tree (1986) over a layout `[rows, 2]`.
 *
 * A square of side `w` whose centre of mass is `d` away counts as one point if `w < theta d`; at `theta` 0
 * all points count singly. `theta` below `1 / sqrt(2)` keeps a point from being part of such a square itself.
 */
export function createQuadtree(layout: Float64Array, theta: number): Quadtree {
  const rows = layout.length / 2;
  let capacity = 4 * rows + 64;
  let children = new Int32Array(4 * capacity).fill(-1);
  let mass = new Float64Array(capacity);
  let massX = new Float64Array(capacity);
  let massY = new Float64Array(capacity);
  let sides = new Float64Array(capacity);
  let isLeaf = new Uint8Array(capacity).fill(1);
  let squares = 0;

  const grow = (): void => {
    children = wider(children, new Int32Array(8 * capacity).fill(-1));
    mass = wider(mass, new Float64Array(2 * capacity));
    massX = wider(massX, new Float64Array(2 * capacity));
    massY = wider(massY, new Float64Array(2 * capacity));
    sides = wider(sides, new Float64Array(2 * capacity));
    isLeaf = wider(isLeaf, new Uint8Array(2 * capacity).fill(1));
    capacity *= 2;
  };
  const addSquare = (side: number): number => {
    if (squares === capacity) grow();
    sides[squares] = side;
    return squares++;
  };
  const addMass = (square: number, { count, x, y }: Load): void => {
    mass[square] = mass[square]! + count;
    massX[square] = massX[square]! + count * x;
    massY[square] = massY[square]! + count * y;
  };

  const childOf = (square: number, quadrant: number): number => {
    const known = children[4 * square + quadrant]!;
    if (known >= 0) return known;
    const child = addSquare(sides[square]! / 2);
    children[4 * square + quadrant] = child;
    return child;
  };
  /** Puts a load into the leaf it belongs to; a leaf that then holds two places is split. */
  const insert = (load: Load, root: Place): void => {
    const place = { ...root };
    for (; ; stepDown(place, load)) {
      const { square } = place;
      const count = mass[square]!;
      if (isLeaf[square] === 1 && count > 0) {
        const resident = { count, x: massX[square]! / count, y: massY[square]! / count };
        if (place.depth < deepest && (resident.x !== load.x || resident.y !== load.y)) {
          isLeaf[square] = 0;
          const below = { ...place };
          stepDown(below, resident);
          addMass(below.square, resident);
        }
      }
      addMass(square, load);
      if (count === 0 || isLeaf[square] === 1) return;
    }
  };
  /** Moves a place to the quarter of its square in which a point lies. */
  const stepDown = (place: Place, { x, y }: Pick<Load, 'x' | 'y'>): void => {
    const quarter = sides[place.square]! / 4;
    const east = x >= place.middleX;
    const north = y >= place.middleY;
    place.square = childOf(place.square, (east ? 1 : 0) + (north ? 2 : 0));
    place.middleX += east ? quarter : -quarter;
    place.middleY += north ? quarter : -quarter;
    place.depth++;
  };
  let [lowX, highX, lowY, highY] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < rows; i++) {
    lowX = Math.min(lowX, layout[2 * i]!);
    highX = Math.max(highX, layout[2 * i]!);
    lowY = Math.min(lowY, layout[2 * i + 1]!);
    highY = Math.max(highY, layout[2 * i + 1]!);
  }
  const root: Place = {
    square: addSquare(Math.max(highX - lowX, highY - lowY)),
    middleX: (lowX + highX) / 2,
    middleY: (lowY + highY) / 2,
    depth: 0,
  };
  for (let i = 0; i < rows; i++) {
    insert({ count: 1, x: layout[2 * i]!, y: layout[2 * i + 1]! }, root);
  }
  const leafOf = Int32Array.from({ length: rows }, (_, i) => {
    const place = { ...root };
    const point = { x: layout[2 * i]!, y: layout[2 * i + 1]! };
    while (isLeaf[place.square] === 0) stepDown(place, point);
    return place.square;
  });

  const stack = new Int32Array(3 * deepest + 8);
  const squaredTheta = theta * theta;
  const repulsionOn = (i: number): Repulsion => {
    const x = layout[2 * i]!;
    const y = layout[2 * i + 1]!;
    const sum = { normaliser: 0, x: 0, y: 0 };
    let waiting = 0;
    stack[waiting++] = root.square;
    while (waiting > 0) {
      const square = stack[--waiting]!;
      const count = mass[square]!;
      const dx = x - massX[square]! / count;
      const dy = y - massY[square]! / count;
      const squared = dx * dx + dy * dy;
      const side = sides[square]!;
      if (isLeaf[square] === 1 || side * side < squaredTheta * squared) {
        const others = square === leafOf[i] ? count - 1 : count;
        const near = 1 / (1 + squared);
        sum.normaliser += others * near;
        sum.x += others * near * near * dx;
        sum.y += others * near * near * dy;
      } else {
        for (let k = 4 * square; k < 4 * square + 4; k++) {
          if (children[k]! >= 0) stack[waiting++] = children[k]!;
        }
      }
    }
    return sum;
  };
  return { repulsionOn };
}

function wider<A extends Float64Array | Uint8Array | Int32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

/** Points in one place. */
interface Load {
  readonly count: number;
  readonly x: number;
  readonly y: number;
}

/** A square, its middle and how deep it lies. */
interface Place {
  square: number;
  middleX: number;
  middleY: number;
  depth: number;
}
