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
    1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2,
    3.20937758913846947e3,
  ],
  denominator: [
    1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3,
  ],
};
const tail: Rational = {
  numerator: [
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
    2.98635138197400131e2, 8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3,
    1.23033935479799725e3,
  ],
  denominator: [
    1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
    3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
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
