/** One request the server got. */
export interface SeenRequest {
  readonly body: {
    readonly model: string;
    readonly messages: ReadonlyArray<{ readonly role: string; readonly content: string }>;
    readonly response_format?: {
      readonly type: string;
      readonly json_schema?: { readonly name: string; readonly schema: unknown };
    };
  };
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly time: number;
}

export interface ModelServerOptions {
  readonly port?: number;
  readonly faultOf?: (n: number, body: SeenRequest['body']) => string | number | undefined;
  readonly verdictOf?: (draft: {
    readonly index: number;
    readonly topic: string;
    readonly answer: string;
  }) => 'supported' | 'revised' | 'dropped';
  readonly retryAfterSeconds?: number;
  readonly onRequest?: (n: number) => void;
}

export interface ModelServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  readonly billed: { readonly promptTokens: number; readonly completionTokens: number };
  mostOpen(): number;
}

export const faults: readonly string[];

export function startModelServer(options?: ModelServerOptions): Promise<ModelServer>;
