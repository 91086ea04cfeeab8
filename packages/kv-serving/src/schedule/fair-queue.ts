import type { Part, RunLimits } from './part.js';
import { createRunRows } from './run-rows.js';

/** A request that waits, or whose parts are being run. */
export interface QueuedRequest<Job> {
  /** Who asks. */
  readonly caller: string;
  /** What is still to be begun, in order. */
  readonly parts: Part<Job>[];
}

/** Requests by caller, each caller's in their order; callers take turns. */
export interface FairQueue<Job, Request extends QueuedRequest<Job>> {
  /** Requests of all callers that have parts to be begun. */
  readonly size: number;
  /** Those of one. */
  sizeOf(caller: string): number;
  /** Puts a request at the end of its caller's. */
  add(request: Request): void;
  /** Takes a request out, wherever it stands. */
  remove(request: Request): void;
  /** Takes the parts of a next run out; none if nothing waits. */
  next(limits: RunLimits): ReadonlyArray<{ readonly request: Request; readonly part: Part<Job> }>;
}

/**
 * An empty queue. A run begins with the first request of the caller who was served longest ago, which
 * always goes; then callers add one part each, turn by turn, as long as the run has room. Only the first
 * request of a caller may be begun, so that a caller's requests are done in their order.
 */
export function createFairQueue<Job, Request extends QueuedRequest<Job>>(): FairQueue<
  Job,
  Request
> {
  // The order of the map is that of turns.
  const callers = new Map<string, Request[]>();
  let size = 0;
  const remove = (request: Request): void => {
    const own = callers.get(request.caller);
    const at = own?.indexOf(request) ?? -1;
    if (at < 0) return;
    own!.splice(at, 1);
    size--;
    if (own!.length === 0) callers.delete(request.caller);
  };
  return {
    get size() {
      return size;
    },
    sizeOf: (caller) => callers.get(caller)?.length ?? 0,
    add(request) {
      const own = callers.get(request.caller);
      if (own) own.push(request);
      else callers.set(request.caller, [request]);
      size++;
    },
    remove,
    next(limits) {
      const rows = createRunRows<Job>(limits);
      const taken: { request: Request; part: Part<Job> }[] = [];
      let turns = [...callers.keys()];
      while (turns.length > 0) {
        const again: string[] = [];
        for (const caller of turns) {
          const request = callers.get(caller)?.[0];
          const part = request?.parts[0];
          if (!request || !part || !rows.add(part)) continue;
          taken.push({ request, part });
          request.parts.shift();
          if (request.parts.length === 0) {
            remove(request);
            // A large request is not followed by the caller's next in the same run: its parts are large.
            again.push(caller);
          }
        }
        turns = again;
      }
      for (const caller of new Set(taken.map(({ request }) => request.caller))) {
        const own = callers.get(caller);
        if (!own) continue;
        callers.delete(caller);
        callers.set(caller, own);
      }
      return taken;
    },
  };
}
