import type { Random } from '@q-anchor/core';

/** As much of JSON Schema as the server's document has. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
}

/** How often a part is something else than the schema says. */
const wrongShare = 0.04;

const letters = [
  'a',
  'Z',
  '7',
  ' ',
  'é',
  '名',
  '🍕',
  '"',
  '\\',
  '/',
  '%',
  '<',
  '{',
  '\u0000',
  '\n',
  '‮',
];

const text = (random: Random, { minLength = 0, maxLength = 300 }: JsonSchema): string => {
  const dice = random.uniform();
  const length = dice < 0.1 ? minLength : dice < 0.13 ? maxLength : minLength + random.integer(8);
  let drawn = '';
  while (drawn.length < Math.min(length, 5000)) drawn += random.pick(letters);
  return dice < 0.6 ? drawn.replaceAll(/\p{Cc}/gu, '_') : drawn;
};

const number = (random: Random, { type, minimum = -1e9, maximum = 1e9 }: JsonSchema): number => {
  const edges = [minimum, maximum, 0, 1, -1, 0.5, 1e308, 29, 25].filter(
    (edge) => edge >= minimum && edge <= maximum,
  );
  const drawn =
    random.uniform() < 0.6 ? random.pick(edges) : minimum + random.uniform() * (maximum - minimum);
  return type === 'integer' ? Math.round(drawn) : drawn;
};

const anything = (random: Random): unknown =>
  random.pick<unknown>([null, true, 0, -1, 1e308, '', 'x', [], {}, [[]], { a: { b: [1] } }, 'NaN']);

/**
 * A value that a schema allows, but for a few parts of it.
 *
 * @param schema - the schema
 * @param random - where it is drawn from
 */
export function randomValue(schema: JsonSchema, random: Random): unknown {
  if (random.uniform() < wrongShare) return anything(random);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return randomValue(random.pick(choices), random);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return random.pick(schema.enum);
  switch (typeof schema.type === 'string' ? schema.type : schema.type?.[0]) {
    case 'string':
      if (schema.format === 'date-time') return `1970-01-${10 + random.integer(19)}T00:00:00Z`;
      return text(random, schema);
    case 'number':
    case 'integer':
      return number(random, schema);
    case 'boolean':
      return random.uniform() < 0.5;
    case 'null':
      return null;
    case 'array': {
      const { items = {}, minItems = 0, maxItems = 9 } = schema;
      const length = Math.min(maxItems, minItems + random.integer(4));
      return Array.from({ length }, () => randomValue(items, random));
    }
    case 'object':
      return object(random, schema);
    default:
      return anything(random);
  }
}

function object(random: Random, schema: JsonSchema): Record<string, unknown> {
  const { properties = {}, required = [], additionalProperties } = schema;
  const drawn: Record<string, unknown> = {};
  for (const [name, of] of Object.entries(properties)) {
    const isThere = random.uniform() < (required.includes(name) ? 0.97 : 0.5);
    if (isThere) drawn[name] = randomValue(of, random);
  }
  if (typeof additionalProperties === 'object') {
    const names = random.uniform() < 0.7 ? ['bill'] : ['bill', text(random, { minLength: 1 })];
    for (const name of names) drawn[name] = randomValue(additionalProperties, random);
  } else if (random.uniform() < wrongShare) drawn['extra'] = anything(random);
  return drawn;
}
