import { InputError, readOptionalText } from '@q-anchor/core';
import { z } from 'zod';

const losses = {
  loss: z.number(),
  contrastive: z.number(),
  nextToken: z.number(),
  accuracy: z.number(),
};

const stepSchema = z.object({
  step: z.int(),
  ...losses,
  learningRate: z.number(),
  seconds: z.number(),
  tokens: z.number(),
});
const validationSchema = z.object({ step: z.int(), validation: z.object(losses) });

/** A training step as `metrics.jsonl` has it. */
export type TrainingStep = z.infer<typeof stepSchema>;

/** Losses on validation users after a step. */
type ValidationStep = z.infer<typeof validationSchema>;

/** What a run logged. */
export interface TrainingLog {
  readonly steps: readonly TrainingStep[];
  readonly validations: readonly ValidationStep[];
}

/**
 * Reads `metrics.jsonl`; nothing where there is none. The last line may be cut off: training may have been
 * killed while it was written.
 *
 * @throws {@link @q-anchor/core#InputError} naming the first other line that is not one of a run's
 */
export async function readTrainingLog(path: string): Promise<TrainingLog | undefined> {
  const text = await readOptionalText(path);
  if (text === undefined) return undefined;
  const steps: TrainingStep[] = [];
  const validations: ValidationStep[] = [];
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      if (index === lines.length - 1) break;
      throw badLine(path, { index, line, cause: error });
    }
    const step = stepSchema.safeParse(value);
    const validation = validationSchema.safeParse(value);
    if (validation.success) validations.push(validation.data);
    else if (step.success) steps.push(step.data);
    else throw badLine(path, { index, line, cause: step.error });
  }
  return { steps, validations };
}

const badLine = (
  path: string,
  {
    index,
    line,
    cause,
  }: { readonly index: number; readonly line: string; readonly cause: unknown },
): InputError =>
  new InputError(
    {
      where: `${path}, line ${index + 1}`,
      expected: 'a training step or a validation',
      found: line.slice(0, 120),
    },
    { cause },
  );
