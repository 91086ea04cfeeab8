import { InputError } from '@q-anchor/core';
import {
  serialiseOnnx,
  symbolsOf,
  type Graph,
  type SerialisedGraph,
  type TensorType,
} from '@q-anchor/graph';

import type { CompileOptions, Device, ProgramInput } from '../engine.js';
import { withFence } from './fence.js';
import type { HostedState } from './hosted-state.js';
import type { WeightFiles } from './weight-files.js';
import { checkTypes, isSymbol, textOf, type Bindings } from './shape-checks.js';

/** A program before it is loaded. */
export interface ProgramPlan {
  readonly name: string;
  readonly serialised: SerialisedGraph;
  /** Inputs to feed. */
  readonly inputs: readonly ProgramInput[];
  /** Inputs from the state. */
  readonly resident: readonly ProgramInput[];
  /** State tensor by the output that goes back into it. */
  readonly updates: Readonly<Record<string, string>>;
  /** Outputs to return. */
  readonly outputs: ReadonlyMap<string, TensorType>;
  /** Sizes of symbols that the state sets. */
  readonly known: Bindings;
  /** Whether runs write all outputs into buffers, and return nothing themselves. */
  readonly isFenced: boolean;
}

/** What {@link planProgram} needs besides the graph. */
export interface PlanOptions extends Omit<CompileOptions, 'name' | 'state'> {
  readonly name: string;
  readonly state: HostedState | undefined;
  /** What it is for. */
  readonly device: Device;
  /** Files of weights. */
  readonly files: Pick<WeightFiles, 'location' | 'locationOf'>;
}

/** Devices with kernels for ONNX Runtime's own fused ops. */
const fusingDevices: ReadonlySet<Device> = new Set(['cpu', 'cuda']);

/**
 * Serialises a graph and splits its inputs and outputs between caller and state.
 *
 * @throws {@link InputError} if weights, state or updates do not fit the graph
 */
export function planProgram(graph: Graph, options: PlanOptions): ProgramPlan {
  const { name, weights = {}, inlineLimitBytes, state, updates = {}, device, files } = options;
  const serialised = serialiseOnnx(graph, {
    weights,
    isPortable: !fusingDevices.has(device),
    isCpu: device === 'cpu',
    externalLocation: files.location,
    locationOf: files.locationOf,
    ...(inlineLimitBytes !== undefined && { inlineLimitBytes }),
  });
  const declared = serialised.inputs.map(({ name: input, dtype, shape }) => ({
    name: input,
    dtype,
    shape,
  }));
  const resident = declared.filter((input) => state?.types.has(input.name));
  const inputs = declared.filter((input) => !state?.types.has(input.name));
  const known = checkTypes(resident, Object.fromEntries(state?.types ?? []), {
    role: 'state tensor',
    program: name,
  });
  checkUpdates(graph, { name, state, updates });

  const outputs = new Map<string, TensorType>(
    [...graph.outputs].filter(([output]) => !Object.hasOwn(updates, output)),
  );
  const symbols = new Set(declared.flatMap(({ shape }) => shape.filter(isSymbol)));
  const areSized = [...outputs.values()].every(({ shape }) =>
    shape.every((size) => symbolsOf(size).every((symbol) => symbols.has(symbol))),
  );
  const isFenced = device === 'cpu' && areSized && Object.keys(updates).length > 0;
  return {
    name,
    serialised: isFenced ? { ...serialised, model: withFence(serialised.model) } : serialised,
    inputs,
    resident,
    updates,
    outputs,
    known,
    isFenced,
  };
}

interface UpdateCheck {
  readonly name: string;
  readonly state: HostedState | undefined;
  readonly updates: Readonly<Record<string, string>>;
}

function checkUpdates(graph: Graph, { name, state, updates }: UpdateCheck): void {
  const taken = new Map<string, string>();
  for (const [output, target] of Object.entries(updates)) {
    const where = `update '${output}' of ${name}`;
    const tensor = graph.outputs.get(output);
    if (!tensor) {
      throw new InputError({ where, expected: 'an output of the graph', found: 'none so named' });
    }
    const type = state?.types.get(target);
    if (!type) {
      const found = state ? `'${target}', which it does not have` : 'no state';
      throw new InputError({ where, expected: 'a tensor of the state', found });
    }
    const other = taken.get(target);
    if (other !== undefined) {
      const found = `'${target}' for '${other}' too`;
      throw new InputError({ where, expected: 'a tensor of its own', found });
    }
    taken.set(target, output);
    const fits =
      tensor.dtype === type.dtype &&
      tensor.shape.length === type.shape.length &&
      tensor.shape.every((size, axis) => typeof size === 'string' || size === type.shape[axis]);
    if (!fits) {
      throw new InputError({ where, expected: textOf(type), found: textOf(tensor) });
    }
  }
}
