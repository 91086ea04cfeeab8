import type { AnswerName, Answers } from './answers.js';

const storageKey = 'q-anchor-key';

/** The key for as long as the tab is open. */
export const keptKey = {
  get: (): string => sessionStorage.getItem(storageKey) ?? '',
  set: (key: string): void => sessionStorage.setItem(storageKey, key),
};

/** What the server says when it does not answer. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function fetched(
  path: string,
  options: { readonly body?: object | undefined; readonly signal?: AbortSignal | undefined },
): Promise<Response> {
  const { body, signal } = options;
  const key = keptKey.get();
  const response = await fetch(path, {
    method: body ? 'POST' : 'GET',
    headers: {
      ...(key !== '' && { authorization: `Bearer ${key}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  if (response.ok) return response;
  const refused = (await response.json().catch(() => undefined)) as
    | { readonly error?: { readonly message?: string } }
    | undefined;
  throw new RefusedError(response.status, refused?.error?.message ?? response.statusText);
}

/**
 * Asks the server, with a body by POST.
 *
 * @throws {@link RefusedError} where it refuses
 */
export async function ask<Name extends AnswerName>(
  path: Name,
  options: {
    readonly query?: Readonly<Record<string, string>>;
    readonly body?: object;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Answers[Name]> {
  const query = options.query ? `?${new URLSearchParams(options.query).toString()}` : '';
  const response = await fetched(`./${path}${query}`, options);
  return (await response.json()) as Answers[Name];
}

/** The metrics as Prometheus reads them. */
export const metricsText = async (): Promise<string> =>
  await (await fetched('./metrics', {})).text();

/** Whether the server wants a key, as its OpenAPI document says. */
export async function wantsKey(): Promise<boolean> {
  const document = (await (await fetched('./openapi.json', {})).json()) as {
    readonly security?: readonly unknown[];
  };
  return (document.security ?? []).length > 0;
}
