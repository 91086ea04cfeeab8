import { InputError } from '@q-anchor/core';
import type { Graph } from '@q-anchor/graph';

import type { CompileOptions, Device, Engine, Program, State } from '../engine.js';
import type { EngineHost } from './engine-host.js';
import { createHostedProgram } from './hosted-program.js';
import { createHostedState, type HostedState } from './hosted-state.js';
import { loadableModel } from './model-file.js';
import { planProgram } from './program-plan.js';

/**
 * An engine over a host: graphs are serialised and everything is checked on this side.
 *
 * @param host - where sessions and states live
 * @param device - what it runs on
 */
export function createHostedEngine(host: EngineHost, device: Device): Engine {
  const states = new WeakMap<State, HostedState>();
  const isDisposed = { value: false };
  let compiled = 0;

  const check = (): void => {
    if (!isDisposed.value) return;
    throw new InputError({ where: 'engine', expected: 'a live one', found: 'a disposed one' });
  };
  const stateOf = (state: State | undefined): HostedState | undefined => {
    if (!state) return undefined;
    const own = states.get(state);
    if (own?.isLive === true) return own;
    throw new InputError({
      where: 'state',
      expected: 'a live one, made by the same engine',
      found: own ? 'a disposed one' : 'one of another engine',
    });
  };
  // After the host's end there is nothing left to dispose of.
  const liveHost: EngineHost = {
    ...host,
    disposeProgram: async (id) => (isDisposed.value ? undefined : host.disposeProgram(id)),
    disposeState: async (id) => (isDisposed.value ? undefined : host.disposeState(id)),
  };

  return {
    device,
    async createState(initial) {
      check();
      const state = await createHostedState(liveHost, initial);
      states.set(state, state);
      return state;
    },
    async compile(graph: Graph, options: CompileOptions = {}): Promise<Program> {
      check();
      compiled++;
      const { name = `program ${compiled}` } = options;
      const state = stateOf(options.state);
      const plan = planProgram(graph, { ...options, name, state, canFence: device === 'cpu' });
      const loadable = await loadableModel(plan.serialised);
      try {
        const id = await host.compile({
          name,
          model: loadable.model,
          ...(state && { state: state.id }),
          resident: plan.resident.map((input) => input.name),
          updates: plan.updates,
          isFenced: plan.isFenced,
          isProfiled: options.profile === true,
        });
        return createHostedProgram(liveHost, { id, plan, state, release: () => loadable.remove() });
      } finally {
        await loadable.remove();
      }
    },
    async liveCounts() {
      check();
      return await host.liveCounts();
    },
    async [Symbol.asyncDispose]() {
      if (isDisposed.value) return;
      isDisposed.value = true;
      await host.dispose();
    },
  };
}
