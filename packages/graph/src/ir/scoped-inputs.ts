import { productOf, sumOf, termsOf, type Dimension } from './dimension.js';
import type { Graph } from './graph.js';

/**
 * A graph with a name before its inputs and their symbols: what is declared through it may have the
 * names and sizes of what the graph has already, as where one network reads two batches.
 *
 * Tensors belong to the graph itself; only {@link Graph.input} differs.
 *
 * @param graph - where everything goes
 * @param scope - letters and digits; an input is called `scope.name`, a symbol `scope_symbol`
 */
export function scopedInputs(graph: Graph, scope: string): Graph {
  const renamed = (dimension: Dimension): Dimension =>
    sumOf(
      ...termsOf(dimension).map(({ coefficient, symbols }) =>
        productOf(coefficient, ...symbols.map((symbol) => `${scope}_${symbol}`)),
      ),
    );
  return {
    ...graph,
    input: (name, shape, dtype) => graph.input(`${scope}.${name}`, shape.map(renamed), dtype),
  };
}
