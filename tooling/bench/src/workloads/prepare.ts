import { prepareMatrixProduct } from './matrix-product.js';
import { preparePrefixQuery } from './prefix-query.js';
import { prepareTrainStep } from './train-step.js';
import type { PreparedWorkload, RunOptions, Workload } from './workload.js';

/** A workload compiled and fed, ready to run in this process. */
export function prepare(workload: Workload, options: RunOptions): Promise<PreparedWorkload> {
  if (workload.kind === 'prefix-query') return preparePrefixQuery(workload.shape, options);
  if (workload.kind === 'train-step') return prepareTrainStep(workload.shape, options);
  return prepareMatrixProduct(workload.size, options);
}
