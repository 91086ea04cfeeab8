// A stand-in for an OpenAI-compatible endpoint: answers chat completions with drafts and verdicts of
// the shape the llm annotator asks for, and fails on demand.
//
//   node test/support/model-server.mjs [--port 8399] [--fault rate-limit,status-500,...] [--every 3]
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

/** The ways to fail. */
export const faults = [
  'rate-limit', // 429 with Retry-After
  'status-500',
  'stall', // no answer at all
  'stall-body', // headers and half a body
  'truncated', // the connection breaks in the middle of the body
  'no-completion', // 200 with something that is no completion
  'invalid-json', // the model's text is no JSON
  'cut', // the model's text ends at the token limit
  'wrong-schema',
  'wrong-count',
];

const draftsOf = ({ topics, task, profile }) => {
  const count = Number(/Choose the (\d+) topics/u.exec(task)?.[1] ?? 1);
  const recorded = Object.values(profile.events).reduce((sum, { recorded: n }) => sum + n, 0);
  return {
    pairs: topics.slice(0, count).map(({ id, name }) => ({
      topic: id,
      query: `What does the user do about ${name}?`,
      answer: `Seen among ${recorded} records of ${profile.windowDays} days: ${name}.`,
    })),
  };
};

const verdictsOf = ({ drafts }, verdictOf) => ({
  verdicts: drafts.map((draft) => {
    const verdict = verdictOf(draft);
    const answer = verdict === 'revised' ? `Revised: ${draft.answer}` : '';
    return { index: draft.index, verdict, answer, reason: 'as the profile has it' };
  }),
});

const contentOf = (content, fault) => {
  if (fault === 'invalid-json') return '{"pairs": [ here they are';
  if (fault === 'cut') return JSON.stringify(content).slice(0, -20);
  if (fault === 'wrong-schema') return JSON.stringify({ answer: 42 });
  if (fault === 'wrong-count') {
    return JSON.stringify(
      Object.fromEntries(Object.entries(content).map(([key, list]) => [key, list.slice(1)])),
    );
  }
  return JSON.stringify(content);
};

/**
 * Starts the server on a port of 127.0.0.1.
 *
 * @param options `port`, any free one by default; `faultOf(n, body)`, the fault of the n-th
 * request, from 0; `verdictOf(draft)`; `retryAfterSeconds`; `onRequest(n)`
 */
export async function startModelServer(options = {}) {
  const {
    port = 0,
    faultOf = () => undefined,
    retryAfterSeconds = 0,
    onRequest = () => {},
  } = options;
  const { verdictOf = () => 'supported' } = options;
  const requests = [];
  const billed = { promptTokens: 0, completionTokens: 0 };
  let [open, mostOpen] = [0, 0];

  const answer = async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const body = JSON.parse(text);
    const n = requests.length;
    requests.push({ body, headers: request.headers, time: performance.now() });
    onRequest(n);
    const fault = faultOf(n, body);
    const fail = (status, headers = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify({ error: { message: `made to fail with ${status}` } }));
    if (fault === 'rate-limit') return fail(429, { 'retry-after': `${retryAfterSeconds}` });
    if (typeof fault === 'number') return fail(fault);
    if (fault === 'status-500') return fail(500);
    if (fault === 'stall') return undefined;
    if (fault === 'no-completion') {
      return response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>');
    }
    const asked = JSON.parse(body.messages[1].content);
    const content = contentOf(
      asked.drafts === undefined ? draftsOf(asked) : verdictsOf(asked, verdictOf),
      fault,
    );
    const usage = {
      prompt_tokens: Math.ceil(text.length / 4),
      completion_tokens: Math.ceil(content.length / 4),
    };
    const completion = JSON.stringify({
      id: `chatcmpl-${n}`,
      object: 'chat.completion',
      created: 0,
      model: body.model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content },
          finish_reason: fault === 'cut' ? 'length' : 'stop',
        },
      ],
      usage,
    });
    response.writeHead(200, { 'content-type': 'application/json' });
    if (fault === 'truncated' || fault === 'stall-body') {
      response.write(completion.slice(0, completion.length / 2));
      if (fault === 'truncated') setTimeout(() => response.destroy(), 5);
      return undefined;
    }
    billed.promptTokens += usage.prompt_tokens;
    billed.completionTokens += usage.completion_tokens;
    // A moment passes, so that calls overlap.
    setTimeout(() => response.end(completion), 2);
    return undefined;
  };

  const server = createServer((request, response) => {
    mostOpen = Math.max(mostOpen, ++open);
    response.on('close', () => open--);
    answer(request, response).catch((error) => response.destroy(error));
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    requests,
    billed,
    mostOpen: () => mostOpen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const flag = (name, otherwise) => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? otherwise : process.argv[at + 1];
  };
  const chosen = flag('fault', '').split(',').filter(Boolean);
  const every = Number(flag('every', '3'));
  const { url } = await startModelServer({
    port: Number(flag('port', '8399')),
    retryAfterSeconds: 1,
    faultOf: (n) =>
      chosen.length > 0 && n % every === every - 1
        ? chosen[Math.floor(n / every) % chosen.length]
        : undefined,
  });
  process.stdout.write(`${url}\n`);
}
