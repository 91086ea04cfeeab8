import { prefixQueryShapeFrom, trainStepShapeFrom } from './shape-text.js';
import type { DecoderWorkload } from './workload.js';

/** What can be timed by name. */
export type BenchName = 'train-step' | 'prefix-query';

const trainStep = (text: string): DecoderWorkload => ({
  kind: 'train-step',
  name: text,
  shape: trainStepShapeFrom(text),
});

const prefixQuery = (text: string, name = text): DecoderWorkload => ({
  kind: 'prefix-query',
  name,
  shape: prefixQueryShapeFrom(text),
});

/** Six of the 24 layers of Qwen2.5-0.5B. */
const sixLayers = '6,896,14,2,64,4864';

/**
 * The workloads of a bench.
 *
 * @param bench - which bench
 * @param shapes - sizes as text; the standard ones where there are none
 * @throws {@link InputError} if a text is no shape
 */
export function workloadsOf(bench: BenchName, shapes: readonly string[] = []): DecoderWorkload[] {
  if (bench === 'train-step') {
    const standard = ['16,128,512,8,8,2,8192,1408', '16,256,256,4,4,2,4096,704'];
    return (shapes.length > 0 ? shapes : standard).map(trainStep);
  }
  if (shapes.length > 0) return shapes.map((text) => prefixQuery(text));
  return [
    prefixQuery(`${sixLayers},0,600,1`, 'prefill 600'),
    prefixQuery(`${sixLayers},600,20,1`, 'query 20'),
    prefixQuery(`${sixLayers},600,20,8`, 'query 160 (8 x 20)'),
  ];
}
