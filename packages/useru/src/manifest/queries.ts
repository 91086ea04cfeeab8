import { z } from 'zod';

const question = z.string().trim().min(1, 'a question');

/** A scenario's `query` in a file, one question or a list of different ones, to the list of them. */
export const queriesSchema = z
  .union(
    [
      question,
      z
        .array(question)
        .min(1, 'at least one question')
        .superRefine((questions, context) => {
          const repeated = questions.findIndex((one, i) => questions.indexOf(one) < i);
          if (repeated < 0) return;
          const message = 'a question that the list does not have yet';
          context.addIssue({ code: 'custom', path: [repeated], message });
        }),
    ],
    { error: 'a question, or a list of different questions' },
  )
  .transform((query): readonly string[] => (typeof query === 'string' ? [query] : query));

/** What {@link queriesSchema} reads: one question by itself, several as a list. */
export const writtenQueries = (queries: readonly string[]): string | readonly string[] =>
  queries.length === 1 ? queries[0]! : queries;
