/** People a chunk holds: the unit of work, whatever does it. */
const chunkPeople = 200;

/** One chunk of a population, and where its files go. */
export interface ChunkRequest {
  /** Its number, from 0. */
  readonly chunk: number;
  /** Its first person. */
  readonly start: number;
  /** The person after its last. */
  readonly end: number;
  readonly seed: number;
  /** Days before the reference. */
  readonly windowDays: number;
  readonly directory: string;
}

/** What a chunk reports besides its files: by person, then by scenario. */
export interface ChunkOutcome {
  readonly chunk: number;
  readonly probabilities: Float64Array;
  readonly labels: Uint8Array;
}

/** The chunks of a population, in order. */
export const chunksOf = (
  users: number,
  common: Pick<ChunkRequest, 'seed' | 'windowDays' | 'directory'>,
): ChunkRequest[] =>
  Array.from({ length: Math.ceil(users / chunkPeople) }, (_, chunk) => ({
    ...common,
    chunk,
    start: chunk * chunkPeople,
    end: Math.min(users, (chunk + 1) * chunkPeople),
  }));

/** The name of a chunk's file; in the order of chunks. */
export const chunkFile = (table: string, chunk: number): string =>
  `${table}-${String(chunk).padStart(6, '0')}.csv`;
