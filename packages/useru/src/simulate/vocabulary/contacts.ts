import { list } from './interest-action.js';

/** How people at the other end of a transfer are shown: initials and the end of an account number. */
export const contactMarks = list(
  'A.K. 1047, B.L. 2218, C.M. 3391, D.N. 4075, E.O. 5126, F.P. 6240, G.R. 7313, H.S. 8482, ' +
    'I.T. 9557, J.V. 1683, K.W. 2709, L.Y. 3864, M.Z. 4931, N.A. 5018, O.B. 6172, P.C. 7295, ' +
    'R.D. 8316, S.E. 9440, T.F. 1582, U.G. 2677, V.H. 3705, W.I. 4823, Y.J. 5964, Z.K. 6051',
);
