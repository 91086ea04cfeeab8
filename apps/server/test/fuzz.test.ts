import { createRandom } from '@q-anchor/core';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { writtenModel } from '../../../packages/kv-serving/test/support/written-model.js';
import { randomValue, type JsonSchema } from './support/random-value.js';
import { ann, startServer } from './support/server.js';

interface Operation {
  readonly parameters?: ReadonlyArray<{
    readonly name: string;
    readonly in: string;
    readonly schema: JsonSchema;
  }>;
  readonly requestBody?: { readonly content: Record<string, { readonly schema: JsonSchema }> };
  readonly responses: Record<
    string,
    { readonly content?: Record<string, { readonly schema: JsonSchema }> }
  >;
}

test('requests drawn from the OpenAPI document, right and wrong ones, get what it promises', async () => {
  await using server = await startServer(['--model', await writtenModel(), '--max-events', '40']);
  await server.ask('/v1/users/ann', { method: 'PUT', body: ann });
  const { json: document } = await server.ask('/openapi.json');
  expect(document.openapi).toMatch(/^3\.1/);
  const paths = Object.entries(document.paths as Record<string, Record<string, Operation>>);
  const operations = paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  expect(operations.map(({ path, method }) => `${method} ${path}`)).toEqual(
    expect.arrayContaining(['post /v1/embeddings', 'put /v1/users/{id}', 'post /v1/scores']),
  );
  const checks = new Map<JsonSchema, z.ZodType>();
  const check = (schema: JsonSchema): z.ZodType => {
    const known = checks.get(schema) ?? z.fromJSONSchema(schema as never);
    checks.set(schema, known);
    return known;
  };
  const statuses = new Map<number, number>();
  for (const seed of [1, 2, 3]) {
    const random = createRandom(seed);
    for (let turn = 0; turn < 250; turn++) {
      const { path, method, operation } = random.pick(operations);
      let url = path;
      const query = new URLSearchParams();
      for (const { name, in: place, schema } of operation.parameters ?? []) {
        const value = random.uniform() < 0.5 ? 'ann' : String(randomValue(schema, random));
        // A path can't have these as a part of its own.
        const part = /^\.{0,2}$/.test(value) ? 'ann' : value;
        if (place === 'path') url = url.replace(`{${name}}`, encodeURIComponent(part));
        else if (random.uniform() < 0.5) query.set(name, value);
      }
      const schema = operation.requestBody?.content['application/json']?.schema;
      const body = schema && named(randomValue(schema, random), random.uniform());
      const asked = `${url}?${query.toString()}`;
      const answer = await server.ask(asked, {
        method: method.toUpperCase(),
        ...(schema && { body: JSON.stringify(body) ?? '' }),
      });
      const promised = operation.responses[String(answer.status)];
      const shape = promised?.content?.['application/json']?.schema;
      const wrong = shape && check(shape).safeParse(answer.json).error?.message;
      // What is compared has all that is needed to see it again.
      const what = `seed ${seed}, turn ${turn}: ${method} ${asked} ${JSON.stringify(body)}`;
      const { status } = answer;
      expect({ what, status, isPromised: promised !== undefined, wrong }).toEqual({
        what,
        status: status < 500 ? status : 'below 500',
        isPromised: true,
        wrong: undefined,
      });
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    }
  }
  // Not everything is refused for its form: questions about the user get through.
  expect(statuses.get(200)).toBeGreaterThan(100);
  expect(statuses.get(400)).toBeGreaterThan(60);
  expect(statuses.get(404)).toBeGreaterThan(5);
  expect(server.log()).not.toContain('"level":50');
}, 120_000);

/** Mostly about the user and the model there are, so that more than the form is looked at. */
function named(body: unknown, dice: number): unknown {
  if (typeof body !== 'object' || body === null || dice < 0.3) return body;
  return {
    ...body,
    ...('user' in body && { user: 'ann' }),
    ...('model' in body && { model: dice < 0.6 ? 'q-anchor' : 'q-anchor:takeout' }),
    ...('scenarios' in body && dice < 0.8 && { scenarios: ['takeout'] }),
    ...('dimensions' in body && { dimensions: 3 }),
    ...('events' in body && dice < 0.8 && { events: { bill: [] } }),
  };
}
