import type { DType } from '../ir/dtype.js';
import type { Tensor } from '../ir/graph.js';
import type { OpDefinition } from '../ir/op.js';
import type { OnnxWriter } from '../onnx/writer.js';
import { exp } from './exp.js';
import { multiply } from './multiply.js';
import { negate } from './negate.js';

/** A quotient of polynomials, coefficients from the highest power down. */
interface Rational {
  readonly numerator: readonly number[];
  readonly denominator: readonly number[];
}

// W. J. Cody, "Rational Chebyshev approximations for the error function" (1969): `erf(x) / x` in
// x^2 up to 0.46875, and `erfc(x) e^(x^2)` in x above. The latter is fitted up to 4, but beyond that
// erfc is so small that its loss of digits does not reach erf's last one.
const centre: Rational = {
  numerator: [
    0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302,
    3209.3775891384694,
  ],
  denominator: [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171],
};
const tail: Rational = {
  numerator: [
    2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163,
    298.6351381974001, 881.952221241769, 1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
  ],
  denominator: [
    1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903,
    3290.7992357334597, 4362.619090143247, 3439.3676741437216, 1230.3393548037495,
  ],
};
const centreLimit = 0.46875;
/** Where erf is 1 in float64. */
const tailLimit = 6;

/**
 * Writes the error function; ONNX Runtime has it on the CPU for float32 only, so that float64 is
 * made of arithmetic, right to 3e-16.
 */
export function emitErf(
  writer: OnnxWriter,
  context: { readonly input: string; readonly dtype: DType; readonly outputs?: readonly string[] },
): string {
  const { input: x, dtype, outputs } = context;
  const target = outputs && { outputs };
  if (dtype !== 'float64') return writer.emit('Erf', [x], target);
  const number = (value: number): string => writer.scalar(value, dtype);
  const polynomial = (coefficients: readonly number[], at: string): string =>
    coefficients.map(number).reduce((sum, next) => {
      return writer.emit('Add', [writer.emit('Mul', [sum, at]), next]);
    });
  const quotient = ({ numerator, denominator }: Rational, at: string): string =>
    writer.emit('Div', [polynomial(numerator, at), polynomial(denominator, at)]);

  const size = writer.emit('Abs', [x]);
  const near = writer.emit('Min', [size, number(centreLimit)]);
  const nearSquare = writer.emit('Mul', [near, near]);
  const nearValue = writer.emit('Mul', [x, quotient(centre, nearSquare)]);
  const far = writer.emit('Min', [size, number(tailLimit)]);
  const decay = writer.emit('Exp', [writer.emit('Neg', [writer.emit('Mul', [far, far])])]);
  const complement = writer.emit('Mul', [decay, quotient(tail, far)]);
  const farValue = writer.emit('Mul', [
    writer.emit('Sign', [x]),
    writer.emit('Sub', [number(1), complement]),
  ]);
  const isNear = writer.emit('LessOrEqual', [size, number(centreLimit)]);
  return writer.emit('Where', [isNear, nearValue, farValue], target);
}

const op: OpDefinition = {
  name: 'erf',
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
  lower: (writer, { inputs, outputs, node }) =>
    void emitErf(writer, { input: inputs[0]!, dtype: node.outputs[0]!.dtype, outputs }),
  vjp: ({ inputs, gradients }) => {
    const x = inputs[0]!;
    const slope = multiply(exp(negate(multiply(x, x))), 2 / Math.sqrt(Math.PI));
    return [multiply(gradients[0]!, slope)];
  },
};

/**
 * Error function, `2 / sqrt(pi) * integral of e^(-t^2) from 0 to x`.
 *
 * @param x - `[...]`
 */
export function erf(x: Tensor): Tensor {
  return x.graph.apply(op, [x], undefined)[0]!;
}
