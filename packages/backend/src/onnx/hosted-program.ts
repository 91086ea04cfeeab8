import { InputError } from '@q-anchor/core';
import { arrayOf, sizeOf } from '@q-anchor/graph';

import type { Program, Tensors } from '../engine.js';
import { checkFeeds } from './content-checks.js';
import type { EngineHost } from './engine-host.js';
import type { HostedState } from './hosted-state.js';
import type { ProgramPlan } from './program-plan.js';
import { sizesOf, type Bindings } from './shape-checks.js';

/** A program that was loaded by a host. */
interface LoadedParts {
  /** Its number there. */
  readonly id: number;
  readonly plan: ProgramPlan;
  readonly state: HostedState | undefined;
  /** Called after its end. */
  readonly release: () => Promise<void>;
}

/** The caller's side of a program: checks feeds, and makes buffers for outputs where that helps. */
export function createHostedProgram(host: EngineHost, parts: LoadedParts): Program {
  const { id, plan, state, release } = parts;
  const { name, inputs, known, isFenced } = plan;
  const outputs = [...plan.outputs.keys()];
  let isLive = true;

  const check = (): void => {
    if (isLive && state?.isLive !== false) return;
    const found = isLive ? 'that its state is disposed of' : 'a disposed one';
    throw new InputError({ where: name, expected: 'a live program', found });
  };
  const buffersFor = (bindings: Bindings): Tensors => {
    const sizes = sizesOf(bindings);
    return Object.fromEntries(
      [...plan.outputs].map(([output, type]) => {
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
    async run(feeds) {
      check();
      const bindings = checkFeeds(inputs, feeds, { program: name, known });
      return await host.run(id, {
        feeds: Object.fromEntries(inputs.map((input) => [input.name, feeds[input.name]!])),
        outputs,
        ...(isFenced && { buffers: buffersFor(bindings) }),
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
