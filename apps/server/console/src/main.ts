import { ask, keptKey, RefusedError, wantsKey } from './api.js';
import { counted } from './counted.js';
import { byId, element } from './element.js';
import { showLive } from './live.js';
import {
  attentionPanel,
  embeddingPanel,
  eventsPanel,
  nearestPanel,
  scoresPanel,
  wordsPanel,
} from './panels.js';
import { markOwn, scatter } from './pictures/scatter.js';

const state = byId('state', HTMLParagraphElement);
const keyForm = byId('key-form', HTMLFormElement);
const keyField = byId('key', HTMLInputElement);
const userField = byId('user', HTMLInputElement);
const queryField = byId('query', HTMLInputElement);
const scenarioField = byId('scenario', HTMLSelectElement);

const answerPanels = ['vector', 'scores', 'attention', 'events', 'words', 'nearest'].map((id) =>
  byId(id, HTMLDivElement),
);

interface Model {
  readonly name: string;
  readonly answers: boolean;
  readonly hasScenarios: boolean;
}
let model: Model | undefined;
let isLive = false;
let asking = new AbortController();

const problemText = (error: unknown): string =>
  error instanceof RefusedError ? error.message : 'The server does not answer.';

/** Fills a panel with what comes; says so while it is awaited, and where nothing does. */
async function fill(ids: readonly string[], made: Promise<readonly (readonly Node[])[]>) {
  const panels = ids.map((id) => byId(id, HTMLDivElement));
  for (const panel of panels) panel.setAttribute('aria-busy', 'true');
  try {
    for (const [i, nodes] of (await made).entries()) panels[i]!.replaceChildren(...nodes);
  } catch (error) {
    // What was asked before is not shown any more.
    if (error instanceof DOMException && error.name === 'AbortError') return;
    const text = problemText(error);
    for (const panel of panels) panel.replaceChildren(element('p', { class: 'problem' }, text));
  }
  for (const panel of panels) panel.removeAttribute('aria-busy');
}

const note = (text: string): readonly Node[] => [element('p', { class: 'note' }, text)];

function choose(user: string): void {
  userField.value = user;
  if (queryField.value.trim() === '') queryField.focus();
  else void askAll();
}

async function askAll(): Promise<void> {
  if (!model) return;
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const user = userField.value;
  const input = queryField.value;
  const { name, answers, hasScenarios } = model;
  markOwn(byId('map', HTMLDivElement), user);
  const embedding = async () => {
    const started = performance.now();
    const body = { model: name, user, input };
    const answer = await ask('v1/embeddings', { body, signal });
    return [embeddingPanel(answer, performance.now() - started)];
  };
  const attention = async () => {
    const answer = await ask('v1/attention', { body: { user, input, top: 10 }, signal });
    return [attentionPanel(answer), eventsPanel(answer)];
  };
  const scores = async () =>
    hasScenarios
      ? [scoresPanel(await ask('v1/scores', { body: { user }, signal }))]
      : [note('No scenario is loaded.')];
  const nearest = async () => [
    nearestPanel(await ask('v1/nearest', { body: { user, input, limit: 8 }, signal }), choose),
  ];
  const words = async () =>
    answers
      ? [wordsPanel(await ask('v1/answers', { body: { user, input }, signal }))]
      : [note('This model was trained without answers; it only embeds.')];
  for (const panel of answerPanels) panel.setAttribute('aria-busy', 'true');
  // The first reads the prefix, which the others then find.
  const first = embedding();
  await fill(['vector'], first);
  if (signal.aborted) return;
  await Promise.all([
    fill(['scores'], scores()),
    fill(['attention', 'events'], attention()),
    fill(['words'], words()),
    fill(['nearest'], nearest()),
  ]);
}

const percent = (value: number): string => `${value.toFixed(1)} %`;

async function drawMap(): Promise<void> {
  const scenario = scenarioField.value;
  const drawn = async () => {
    const answer = await ask('v1/map', { body: { scenario } });
    const { data, known, explained } = answer;
    if (data.length === 0) return [note('No user is known yet.')];
    const probabilities = data.map(({ probability }) => 100 * probability);
    const legend = element(
      'p',
      { class: 'note' },
      `${percent(Math.min(...probabilities))} `,
      element('span', { class: 'scale', 'aria-hidden': 'true' }),
      ` ${percent(Math.max(...probabilities))}. ${data.length} of ${known} users; the axes carry ` +
        `${explained.map((share) => percent(100 * share)).join(' and ')} of the variance.`,
    );
    return [[scatter(data, choose), legend]];
  };
  await fill(['map'], drawn());
  markOwn(byId('map', HTMLDivElement), userField.value);
}

async function connect(): Promise<void> {
  const needsKey = await wantsKey();
  keyForm.hidden = !needsKey;
  if (needsKey && keptKey.get() === '') {
    state.textContent = 'Waiting for an API key';
    keyField.focus();
    return;
  }
  state.textContent = 'Connecting';
  const [models, scenarios, users] = await Promise.all([
    ask('v1/models'),
    ask('v1/scenarios'),
    ask('v1/users', { query: { limit: '1000' } }),
  ]);
  const base = models.data[0]!;
  model = { name: base.id, answers: base.answers, hasScenarios: scenarios.data.length > 0 };
  state.textContent =
    `${base.id}: ${base.dimensions} dimensions, ${counted(scenarios.data.length, 'scenario')}, ` +
    counted(users.total, 'user');
  scenarioField.replaceChildren(
    ...scenarios.data.map(({ id }) => element('option', { value: id }, id)),
  );
  byId('users', HTMLDataListElement).replaceChildren(
    ...users.data.map(({ id }) => element('option', { value: id })),
  );
  byId('users-note', HTMLParagraphElement).textContent =
    users.total > users.data.length
      ? `The list has the first ${users.data.length} users; type any other.`
      : '';
  if (userField.value === '') userField.value = users.data[0]?.id ?? '';
  if (queryField.value === '') queryField.value = scenarios.data[0]?.queries[0] ?? '';
  if (!isLive) showLive();
  isLive = true;
  if (model.hasScenarios) await drawMap();
  else byId('map', HTMLDivElement).replaceChildren(...note('No scenario is loaded.'));
}

/** Connects; a server that loads is asked again. */
async function connectOrSay(): Promise<void> {
  try {
    await connect();
  } catch (error) {
    state.textContent = problemText(error);
    const isWrongKey = error instanceof RefusedError && error.status === 401;
    if (isWrongKey) keyField.select();
    else setTimeout(() => void connectOrSay(), 2000);
  }
}

const onSubmit = (id: string, done: () => Promise<void>): void =>
  byId(id, HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    void done();
  });
onSubmit('ask', askAll);
onSubmit('map-form', drawMap);
onSubmit('key-form', async () => {
  keptKey.set(keyField.value.trim());
  keyField.value = '';
  await connectOrSay();
});
void connectOrSay();
