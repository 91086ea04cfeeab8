import { InputError } from '@q-anchor/core';
import type { Graph } from '@q-anchor/graph';

import type { CompileOptions, Device, Engine, Program, State } from '../engine.js';
import type { EngineHost } from './engine-host.js';
import { createHostedProgram } from './hosted-program.js';
import { createHostedState, type HostedState } from './hosted-state.js';
import { planProgram } from './program-plan.js';
import { openWeightFiles } from './weight-files.js';

/**
 * An engine over a host: graphs are serialised and everything is checked on this side.
 *
 * @param host - where sessions and states live
 * @param device - what it runs on
 */
export function createHostedEngine(host: EngineHost, device: Device): Engine {
  const states = new WeakMap<State, HostedState>();
  let isLive = true;
  let compiled = 0;

  const check = (): void => {
    if (isLive) return;
    throw new InputError({ where: 'engine', expected: 'a live one', found: 'a disposed one' });
  };
  const live = guarded(host, { check, isLive: () => isLive });
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
  return {
    device,
    async createState(initial) {
      check();
      const state = await createHostedState(live, initial);
      states.set(state, state);
      return state;
    },
    async compile(graph: Graph, options: CompileOptions = {}): Promise<Program> {
      check();
      compiled++;
      const { name = `program ${compiled}` } = options;
      const state = stateOf(options.state);
      const files = await openWeightFiles(options.weights ?? {});
      try {
        // What is loaded is let go: the plan lives as long as the program.
        const { serialised, ...plan } = planProgram(graph, {
          ...options,
          name,
          state,
          device,
          files,
        });
        await files.write(serialised.external);
        const id = await live.compile({
          name,
          model: serialised.model,
          ...(files.folder !== undefined && { folder: files.folder }),
          ...(state && { state: state.id }),
          resident: plan.resident.map((input) => input.name),
          updates: plan.updates,
          isFenced: plan.isFenced,
          isProfiled: options.profile === true,
        });
        return createHostedProgram(live, {
          id,
          plan,
          state,
          stateOf,
          release: () => files.remove(),
        });
      } finally {
        await files.remove();
      }
    },
    async liveCounts() {
      return await live.liveCounts();
    },
    async [Symbol.asyncDispose]() {
      if (!isLive) return;
      isLive = false;
      await host.dispose();
    },
  };
}

/** A host that takes no calls after its end, when there is nothing left to dispose of either. */
function guarded(
  host: EngineHost,
  { check, isLive }: { readonly check: () => void; readonly isLive: () => boolean },
): EngineHost {
  const checked = async <T>(call: () => Promise<T>): Promise<T> => {
    check();
    return await call();
  };
  return {
    createState: (initial) => checked(() => host.createState(initial)),
    readState: (state, names) => checked(() => host.readState(state, names)),
    writeState: (state, tensors) => checked(() => host.writeState(state, tensors)),
    disposeState: async (state) => (isLive() ? await host.disposeState(state) : undefined),
    compile: (source) => checked(() => host.compile(source)),
    run: (program, request) => checked(() => host.run(program, request)),
    endProfile: (program) => checked(() => host.endProfile(program)),
    disposeProgram: async (program) => (isLive() ? await host.disposeProgram(program) : undefined),
    liveCounts: () => checked(() => host.liveCounts()),
    dispose: () => host.dispose(),
  };
}
