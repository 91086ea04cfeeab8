/** What a caller is told where a request is not done, in the shape of OpenAI's errors. */
export interface ApiErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

/** What an {@link ApiError} is built from. */
export interface ApiProblem {
  /** HTTP status. */
  readonly status: number;
  /** Stable, for programs. */
  readonly code: string;
  /** For people. */
  readonly message: string;
  /** The part of the request that it is about. */
  readonly param?: string | undefined;
  /** When to try again, in whole seconds. */
  readonly retryAfterSeconds?: number | undefined;
}

/** OpenAI's kinds of errors, by status. */
const typeOf = (status: number): string => {
  if (status === 401) return 'authentication_error';
  if (status === 404) return 'not_found_error';
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
};

/** A request that is not done, and why. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly problem: ApiProblem;

  constructor(problem: ApiProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** A problem as it is sent. */
export const apiErrorBody = ({ status, code, message, param }: ApiProblem): ApiErrorBody => ({
  error: { message, type: typeOf(status), param: param ?? null, code },
});
