import { InputError } from '@q-anchor/core';
import { arrayOf, sizeOf, type TensorData } from '@q-anchor/graph';

import type { Program, State, Tensors } from '../engine.js';
import { checkFeeds } from './content-checks.js';
import type { EngineHost } from './engine-host.js';
import type { HostedState } from './hosted-state.js';
import type { ProgramPlan } from './program-plan.js';
import { sizesOf, type Bindings, type ContentType } from './shape-checks.js';

/** A program that was loaded by a host. */
interface LoadedParts {
  /** Its number there. */
  readonly id: number;
  readonly plan: Omit<ProgramPlan, 'serialised'>;
  readonly state: HostedState | undefined;
  /** A live state of the engine; throws for another. */
  readonly stateOf: (state: State | undefined) => HostedState | undefined;
  /** Called after its end. */
  readonly release: () => Promise<void>;
}

/** The caller's side of a program: checks feeds, and makes buffers for outputs where that helps. */
export function createHostedProgram(host: EngineHost, parts: LoadedParts): Program {
  const { id, plan, state, stateOf, release } = parts;
  const { name, inputs, known, isFenced } = plan;
  const outputs = [...plan.outputs.keys()];
  let isLive = true;

  const check = (): void => {
    if (isLive && state?.isLive !== false) return;
    const found = isLive ? 'that its state is disposed of' : 'a disposed one';
    throw new InputError({ where: name, expected: 'a live program', found });
  };
  const checked = (wanted: readonly string[]): readonly string[] => {
    const unknown = wanted.find((output) => !plan.outputs.has(output));
    if (unknown === undefined) return wanted;
    throw new InputError({
      where: `output '${unknown}' of ${name}`,
      expected: `one of ${outputs.join(', ')}`,
      found: 'none so named',
    });
  };
  const buffersFor = (wanted: readonly string[], bindings: Bindings): Tensors => {
    const sizes = sizesOf(bindings);
    return Object.fromEntries(
      wanted.map((output) => {
        const type = plan.outputs.get(output)!;
        const shape = type.shape.map((size) => sizeOf(size, sizes));
        const elements = shape.reduce((product, size) => product * size, 1);
        return [output, { dtype: type.dtype, shape, data: arrayOf(type.dtype, elements) }];
      }),
    );
  };

  return {
    name,
    inputs,
    outputs,
    async run(feeds, options = {}) {
      check();
      const lender = stateOf(options.state);
      const wanted = options.outputs ? checked(options.outputs) : outputs;
      const lent: Record<string, ContentType> = {};
      const fed: Record<string, TensorData> = {};
      for (const { name: input } of inputs) {
        const type = lender?.types.get(input);
        if (Object.hasOwn(feeds, input)) fed[input] = feeds[input]!;
        else if (type) lent[input] = type;
      }
      const bindings = checkFeeds(inputs, fed, { program: name, known, lent });
      return await host.run(id, {
        feeds: fed,
        outputs: wanted,
        ...(lender && { lent: { state: lender.id, names: Object.keys(lent) } }),
        ...(isFenced && { buffers: buffersFor(wanted, bindings) }),
      });
    },
    async endProfile() {
      check();
      return await host.endProfile(id);
    },
    async [Symbol.asyncDispose]() {
      if (!isLive) return;
      isLive = false;
      await host.disposeProgram(id);
      await release();
    },
  };
}
