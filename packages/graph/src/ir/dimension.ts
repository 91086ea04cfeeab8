import { InputError } from '@q-anchor/core';

/**
 * A dimension of a tensor: a known size, or a polynomial in named symbols with integer
 * coefficients, e.g. `'batch'`, `'batch*time'`, `'prefix+query'`.
 *
 * Symbolic dimensions are kept in one canonical spelling, so that equal dimensions are equal
 * strings. Make compound ones with {@link sumOf} and {@link productOf}.
 */
export type Dimension = number | string;

/** Coefficient by monomial; a monomial is its sorted symbols joined by `*`, the constant is `''`. */
type Polynomial = ReadonlyMap<string, number>;

const parsed = new Map<string, Polynomial>();

function polynomialOf(dimension: Dimension): Polynomial {
  if (typeof dimension === 'number') {
    if (!Number.isSafeInteger(dimension)) {
      throw new InputError({
        where: 'dimension',
        expected: 'an integer, or symbols',
        found: `${dimension}`,
      });
    }
    return new Map([['', dimension]]);
  }
  const known = parsed.get(dimension);
  if (known) return known;
  const terms = new Map<string, number>();
  for (const term of dimension.split('+')) {
    let coefficient = 1;
    const symbols: string[] = [];
    for (const factor of term.split('*')) {
      if (/^-?\d+$/.test(factor)) coefficient *= Number(factor);
      else if (/^[A-Za-z_]\w*$/.test(factor)) symbols.push(factor);
      else {
        throw new InputError({
          where: `dimension '${dimension}'`,
          expected: "symbols and integers joined by '*' and '+'",
          found: `'${factor}'`,
        });
      }
    }
    const monomial = symbols.toSorted().join('*');
    terms.set(monomial, (terms.get(monomial) ?? 0) + coefficient);
  }
  parsed.set(dimension, terms);
  return terms;
}

function dimensionOf(polynomial: Polynomial): Dimension {
  const terms = [...polynomial].filter(([, coefficient]) => coefficient !== 0);
  if (terms.length === 0) return 0;
  if (terms.length === 1 && terms[0]![0] === '') return terms[0]![1];
  return terms
    .toSorted(([a], [b]) => (a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1))
    .map(([monomial, coefficient]) => {
      if (monomial === '') return `${coefficient}`;
      return coefficient === 1 ? monomial : `${coefficient}*${monomial}`;
    })
    .join('+');
}

/** The dimension in its canonical spelling. */
export function canonical(dimension: Dimension): Dimension {
  return dimensionOf(polynomialOf(dimension));
}

/**
 * Sum of dimensions.
 *
 * @example
 * ```ts
 * sumOf('prefix', 'query', 2); // 'prefix+query+2'
 * ```
 */
export function sumOf(...dimensions: readonly Dimension[]): Dimension {
  const sum = new Map<string, number>();
  for (const dimension of dimensions) {
    for (const [monomial, coefficient] of polynomialOf(dimension)) {
      sum.set(monomial, (sum.get(monomial) ?? 0) + coefficient);
    }
  }
  return dimensionOf(sum);
}

/**
 * Product of dimensions; of none, 1.
 *
 * @example
 * ```ts
 * productOf('time', 2, 'batch'); // '2*batch*time'
 * ```
 */
export function productOf(...dimensions: readonly Dimension[]): Dimension {
  let product: Map<string, number> = new Map([['', 1]]);
  for (const dimension of dimensions) {
    const next = new Map<string, number>();
    for (const [a, x] of product) {
      for (const [b, y] of polynomialOf(dimension)) {
        const monomial = [...a.split('*'), ...b.split('*')]
          .filter((symbol) => symbol !== '')
          .toSorted()
          .join('*');
        next.set(monomial, (next.get(monomial) ?? 0) + x * y);
      }
    }
    product = next;
  }
  return dimensionOf(product);
}

/** Difference of two dimensions, `a - b`. */
export function differenceOf(a: Dimension, b: Dimension): Dimension {
  return sumOf(a, productOf(b, -1));
}

/** The symbols a dimension is made of. */
export function symbolsOf(dimension: Dimension): string[] {
  const monomials = [...polynomialOf(dimension).keys()];
  return [...new Set(monomials.flatMap((m) => m.split('*')))].filter((symbol) => symbol !== '');
}

/** The terms of a dimension: coefficient and symbols of each. */
export function termsOf(
  dimension: Dimension,
): readonly { readonly coefficient: number; readonly symbols: readonly string[] }[] {
  return [...polynomialOf(dimension)].map(([monomial, coefficient]) => ({
    coefficient,
    symbols: monomial === '' ? [] : monomial.split('*'),
  }));
}

/**
 * The size of a dimension once its symbols are known.
 *
 * @param dimension - the dimension
 * @param sizes - size by symbol
 * @throws {@link InputError} if a symbol has no size
 */
export function sizeOf(dimension: Dimension, sizes: Readonly<Record<string, number>>): number {
  let total = 0;
  for (const { coefficient, symbols } of termsOf(dimension)) {
    let term = coefficient;
    for (const symbol of symbols) {
      const size = sizes[symbol];
      if (size === undefined) {
        throw new InputError({
          where: `dimension '${dimension}'`,
          expected: `a size for '${symbol}'`,
          found: `sizes for [${Object.keys(sizes).join(', ')}]`,
        });
      }
      term *= size;
    }
    total += term;
  }
  return total;
}
