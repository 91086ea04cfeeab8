import { InputError } from '@q-anchor/core';

import type { State, Tensors } from '../engine.js';
import { checkContent } from './content-checks.js';
import { copiesOf } from './copies.js';
import type { EngineHost } from './engine-host.js';
import { textOf, type ContentType } from './shape-checks.js';

/** A state whose tensors lie with a host. */
export interface HostedState extends State {
  /** Its number there. */
  readonly id: number;
  /** Types of its tensors. */
  readonly types: ReadonlyMap<string, ContentType>;
  /** Whether it may be used still. */
  readonly isLive: boolean;
}

/** Puts tensors into a host; they are copied. */
export async function createHostedState(host: EngineHost, initial: Tensors): Promise<HostedState> {
  for (const [name, tensor] of Object.entries(initial)) {
    checkContent(`state tensor '${name}'`, tensor);
  }
  const types = new Map(
    Object.entries(initial).map(([name, { dtype, shape }]) => [name, { dtype, shape: [...shape] }]),
  );
  const id = await host.createState(copiesOf(initial));
  let isLive = true;

  const check = (): void => {
    if (isLive) return;
    throw new InputError({ where: 'state', expected: 'a live one', found: 'a disposed one' });
  };
  const typeOf = (name: string): ContentType => {
    const type = types.get(name);
    if (type) return type;
    const names = [...types.keys()];
    const shown = names.slice(0, 8).join(', ') + (names.length > 8 ? ', …' : '');
    throw new InputError({
      where: `state tensor '${name}'`,
      expected: `one of [${shown}]`,
      found: 'an unknown name',
    });
  };

  return {
    id,
    types,
    get isLive() {
      return isLive;
    },
    names: [...types.keys()],
    async read(names = [...types.keys()]) {
      check();
      for (const name of names) typeOf(name);
      return await host.readState(id, names);
    },
    async write(tensors) {
      check();
      for (const [name, tensor] of Object.entries(tensors)) {
        const expected = textOf(typeOf(name));
        const where = `state tensor '${name}'`;
        if (textOf(tensor) !== expected) {
          throw new InputError({ where, expected, found: textOf(tensor) });
        }
        checkContent(where, tensor);
      }
      await host.writeState(id, copiesOf(tensors));
    },
    async [Symbol.asyncDispose]() {
      if (!isLive) return;
      isLive = false;
      await host.disposeState(id);
    },
  };
}
