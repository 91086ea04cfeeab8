import { join } from 'node:path';

import { parsedBy, readOptionalJson } from '@q-anchor/core';
import { z } from 'zod';

import type { BertPooling } from '../bert/pooled.js';

const flag = z.boolean('true or false').default(false);
const schema = z.looseObject({
  pooling_mode_cls_token: flag,
  pooling_mode_mean_tokens: flag,
});

/**
 * How a text encoder's hidden states become one vector, from the file `1_Pooling/config.json` that
 * sentence-transformers puts beside its models.
 *
 * @param directory - the model directory
 * @returns undefined where there is no such file, or it asks for another pooling
 * @throws {@link @q-anchor/core#InputError} if the file is not of its form
 */
export async function poolingOf(directory: string): Promise<BertPooling | undefined> {
  const path = join(directory, '1_Pooling', 'config.json');
  const json = await readOptionalJson(path);
  if (json === undefined) return undefined;
  const { pooling_mode_cls_token: isCls, pooling_mode_mean_tokens: isMean } = parsedBy(json, {
    schema,
    where: path,
  });
  if (isCls === isMean) return undefined;
  return isCls ? 'cls' : 'mean';
}
