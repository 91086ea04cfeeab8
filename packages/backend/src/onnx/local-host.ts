import { InputError, UnavailableError } from '@q-anchor/core';

import { EngineError } from '../engine-error.js';
import type { Tensors } from '../engine.js';
import { checkDevice } from './devices.js';
import type { EngineHost, ProgramSource, RunRequest } from './engine-host.js';
import { fenceName, isFence } from './fence.js';
import { createHostState, type HostState } from './host-state.js';
import { createProfileFolder, type ProfileFolder } from './profile-folder.js';
import { createQueue } from './queue.js';
import {
  createSession,
  fromSessionTensor,
  runSession,
  toSessionTensor,
  type Session,
  type SessionFetches,
  type SessionResults,
  type SessionSettings,
  type SessionTensor,
} from './session.js';

/** A session with what its runs need. */
interface LoadedProgram {
  readonly source: ProgramSource;
  readonly session: Session;
  readonly state: HostState | undefined;
  profile: ProfileFolder | undefined;
}

/** ONNX Runtime in this thread: a run blocks the event loop while it computes. */
export function createLocalHost(settings: SessionSettings): EngineHost {
  const inOrder = createQueue();
  const states = new Map<number, HostState>();
  const programs = new Map<number, LoadedProgram>();
  let count = 0;
  let deviceCheck: Promise<void> | undefined;

  const lenderOf = ({ lent }: RunRequest): HostState | undefined => lent && states.get(lent.state)!;
  const release = async (id: number): Promise<void> => {
    const program = programs.get(id);
    if (!program) return;
    programs.delete(id);
    await program.session.release();
    await program.profile?.remove();
  };

  return {
    createState: (initial) =>
      inOrder(async () => {
        states.set(++count, createHostState(initial));
        return count;
      }),
    readState: (id, names) =>
      inOrder(async () => {
        const state = states.get(id)!;
        return Object.fromEntries(
          names.map((name) => {
            const tensor = state.current(name);
            return [name, { ...tensor, data: tensor.data.slice() }];
          }),
        );
      }),
    writeState: (id, tensors) => inOrder(async () => states.get(id)!.replace(tensors)),
    disposeState: (id) =>
      inOrder(async () => {
        states.delete(id);
      }),
    compile: (source) =>
      inOrder(async () => {
        deviceCheck ??= checkDevice(settings.device);
        await deviceCheck;
        const profile = source.isProfiled ? await createProfileFolder() : undefined;
        try {
          const session = await loadSession(source, {
            ...settings,
            ...(source.folder !== undefined && { folder: source.folder }),
            ...(profile && { profilePrefix: profile.prefix }),
          });
          const state = source.state === undefined ? undefined : states.get(source.state);
          programs.set(++count, { source, session, state, profile });
          return count;
        } catch (error) {
          await profile?.remove();
          throw error;
        }
      }),
    run: (id, request) =>
      inOrder(() => runProgram(programs.get(id)!, { ...request, lender: lenderOf(request) })),
    endProfile: (id) =>
      inOrder(async () => {
        const program = programs.get(id)!;
        const { profile } = program;
        if (!profile) {
          throw new InputError({
            where: `endProfile of ${program.source.name}`,
            expected: 'a profile that has begun and not ended',
            found: 'none',
            fix: 'Compile with profile: true, and end it once.',
          });
        }
        program.profile = undefined;
        try {
          program.session.endProfiling();
          return await profile.read();
        } finally {
          await profile.remove();
        }
      }),
    disposeProgram: (id) => inOrder(() => release(id)),
    liveCounts: () =>
      inOrder(async () => ({
        programs: programs.size,
        states: states.size,
        stateBytes: [...states.values()].reduce((sum, { bytes }) => sum + bytes, 0),
      })),
    dispose: () =>
      inOrder(async () => {
        for (const id of programs.keys()) await release(id);
        states.clear();
      }),
  };
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

async function loadSession(source: ProgramSource, settings: SessionSettings): Promise<Session> {
  try {
    return await createSession(source.model, settings);
  } catch (error) {
    if (reasonOf(error).includes('fallback to CPU EP has been explicitly disabled')) {
      throw new UnavailableError(
        `device '${settings.device}' for ${source.name}`,
        'it has no kernel for some of its ops',
        'Let the CPU run those with cpuFallback: true; endProfile() tells who ran what.',
        { cause: error },
      );
    }
    throw new EngineError(source.name, reasonOf(error), { cause: error });
  }
}

async function runProgram(
  program: LoadedProgram,
  request: RunRequest & { readonly lender: HostState | undefined },
): Promise<Tensors> {
  const { source, session, state } = program;
  const { outputs, buffers, lent, lender } = request;
  const feeds: Record<string, SessionTensor> = {};
  for (const [name, tensor] of Object.entries(request.feeds)) feeds[name] = toSessionTensor(tensor);
  for (const name of source.resident) feeds[name] = toSessionTensor(state!.current(name));
  for (const name of lent?.names ?? []) feeds[name] = toSessionTensor(lender!.current(name));
  const fetches: SessionFetches = {};
  for (const name of outputs) fetches[name] = buffers ? toSessionTensor(buffers[name]!) : null;
  for (const [output, name] of Object.entries(source.updates)) {
    fetches[output] = toSessionTensor(state!.spare(name));
  }
  if (buffers) fetches[fenceName] = null;

  let results: SessionResults = {};
  try {
    results = await runSession(session, { feeds, fetches });
  } catch (error) {
    if (!buffers || !isFence(error)) {
      throw new EngineError(source.name, reasonOf(error), { cause: error });
    }
  }
  state?.swap(Object.values(source.updates));
  if (buffers) return buffers;
  return Object.fromEntries(outputs.map((name) => [name, fromSessionTensor(results[name]!)]));
}
