import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium, type Browser, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { chromiumProgram } from '../../../../packages/core/test/support/chromium-program.mjs';
import { temporaryFolder } from '../../../../packages/core/test/support/temporary-folder.js';
import { writtenModel } from '../../../../packages/kv-serving/test/support/written-model.js';
import { simulatedUsers } from '../../../../packages/prompt-tuning/test/support/tiny-model.js';
import { startServer, type TestServer } from '../support/server.js';

const executablePath = chromiumProgram();
const key = 'key-of-the-console';
const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder for pictures of the page, for people. */
const { CONSOLE_PICTURES: pictures } = process.env;

/** The console as it is built into the command. */
async function builtConsole(): Promise<string> {
  const outDir = join(await temporaryFolder(), 'console');
  const configFile = join(root, 'vite.config.ts');
  await build({ configFile, root: join(root, 'console'), logLevel: 'silent', build: { outDir } });
  return outDir;
}

/** A page, and what went wrong on it. */
async function openedPage(
  browser: Browser,
  { url, ...options }: { readonly url: string } & Parameters<Browser['newPage']>[0],
): Promise<{ readonly page: Page; readonly wrong: string[] }> {
  const page = await browser.newPage(options);
  const wrong: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrong.push(message.text());
  });
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`)) wrong.push(`asks ${request.url()}`);
  });
  page.on('requestfailed', (request) => wrong.push(`failed: ${request.url()}`));
  await page.goto(`${url}/`);
  return { page, wrong };
}

const panels = ['vector', 'words', 'scores', 'nearest', 'attention', 'events'] as const;

/** Waits until every panel has what was asked for. */
async function filledPanels(page: Page): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const id of panels) {
    await page.locator(`#${id}:not([aria-busy]) > *`).first().waitFor();
    texts[id] = await page.locator(`#${id}`).innerText();
  }
  expect(await page.locator('.problem').allInnerTexts()).toEqual([]);
  return texts;
}

const picture = async (page: Page, name: string): Promise<void> => {
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
};

describe.skipIf(executablePath === undefined)('in Chromium (apt-get install chromium)', () => {
  let browser: Browser;
  let server: TestServer;
  let locked: TestServer;
  beforeAll(async () => {
    const consoleFolder = await builtConsole();
    const model = await writtenModel();
    server = await startServer(['--model', model], { consoleFolder });
    const env = { Q_ANCHOR_KEYS: `console:${key}` };
    locked = await startServer(['--model', model], { consoleFolder, env });
    for (const { userId, events } of simulatedUsers(4, { count: 40 }).profiles) {
      const bill = events['bill']!.map(({ timeDays: time, text }) => ({ time, text }));
      const body = { events: { bill } };
      await server.ask(`/v1/users/${userId}`, { method: 'PUT', body });
    }
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
    await locked[Symbol.asyncDispose]();
  });

  test('every panel is filled, and the browser has nothing to complain of', async () => {
    const { page, wrong } = await openedPage(browser, {
      url: server.url,
      viewport: { width: 1280, height: 900 },
    });
    await page.locator('#map circle').first().waitFor();
    expect(await page.locator('#map circle').count()).toBe(40);
    await page.getByLabel('User', { exact: true }).fill('u7');
    await page.getByLabel('Question').fill('Will this user order takeaway food?');
    await page.getByRole('button', { name: 'Ask' }).click();
    const texts = await filledPanels(page);
    expect(texts['vector']).toContain('8 numbers');
    expect(texts['words']).toContain('tokens');
    expect(texts['scores']).toContain('takeout');
    expect(texts['nearest']).toContain('Among 39 of 39 other users');
    expect(texts['attention']).toMatch(/bill events[\s\S]* %/);
    expect(texts['events']).toMatch(/takeaway pizza|paid the rent/);
    expect(await page.locator('#cached').innerText()).not.toBe('0');

    // Charts of what has just been asked.
    await page.locator('#live figcaption', { hasText: /Cache hits \d+ %/ }).waitFor();
    await page.locator('#live figcaption', { hasText: /median [\d.]+ ms/ }).waitFor();

    // A neighbour is asked about in turn.
    const neighbour = page.locator('#nearest button').first();
    const name = await neighbour.innerText();
    await neighbour.click();
    expect(await page.getByLabel('User', { exact: true }).inputValue()).toBe(name);
    await filledPanels(page);
    expect(await page.locator('circle.own').getAttribute('data-user')).toBe(name);
    await picture(page, 'wide');
    expect(wrong).toEqual([]);
    await page.close();
  }, 60_000);

  test('by keyboard alone: skip, ask, walk over the map', async () => {
    const { page, wrong } = await openedPage(browser, { url: server.url });
    await page.locator('#map circle').first().waitFor();
    const focused = (): Promise<string> =>
      page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent || '');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the question');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('user');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('u3');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('query');
    await page.keyboard.press('Enter');
    await filledPanels(page);

    // Tab leads on to the map, where arrows go from one user to the next.
    for (let presses = 0; presses < 40; presses++) {
      if (await page.evaluate(() => document.activeElement?.tagName === 'circle')) break;
      await page.keyboard.press('Tab');
    }
    const dot = (): Promise<string | null> =>
      page.evaluate(() => document.activeElement?.getAttribute('data-user') ?? null);
    const first = await dot();
    expect(first).not.toBeNull();
    await page.keyboard.press('ArrowRight');
    const second = await dot();
    expect(second).not.toBe(first);
    await page.keyboard.press('Enter');
    expect(await page.getByLabel('User', { exact: true }).inputValue()).toBe(second);
    await filledPanels(page);
    expect(wrong).toEqual([]);
    await page.close();
  }, 60_000);

  test('a key is asked for, kept for the tab, and sent', async () => {
    const { page, wrong } = await openedPage(browser, { url: locked.url });
    await page.getByText('Waiting for an API key').waitFor();
    expect(wrong).toEqual([]);
    await page.getByLabel('API key').fill(key);
    await page.keyboard.press('Enter');
    await page.getByText('q-anchor: 8 dimensions').waitFor();
    await page.getByText('No user is known yet.').waitFor();
    expect(await page.evaluate(() => Object.values(sessionStorage))).toEqual([key]);
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
    await page.reload();
    await page.getByText('q-anchor: 8 dimensions').waitFor();
    await page.getByText('No user is known yet.').waitFor();
    expect(wrong).toEqual([]);
    await page.getByLabel('API key').fill('a-key-that-is-not-one');
    await page.keyboard.press('Enter');
    await page.getByText('expected a key of this server').waitFor();
    await page.close();
  }, 60_000);

  test.each([
    ['light', 360],
    ['dark', 360],
    ['dark', 1280],
  ] as const)(
    '%s and %d pixels wide: nothing beyond the edge',
    async (colorScheme, width) => {
      const { page, wrong } = await openedPage(browser, {
        url: server.url,
        colorScheme,
        viewport: { width, height: 800 },
      });
      await page.locator('#map circle').first().waitFor();
      await page.getByLabel('User', { exact: true }).fill('u1');
      await page.getByRole('button', { name: 'Ask' }).click();
      await filledPanels(page);
      const beyond = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(beyond).toBe(0);
      await picture(page, `${colorScheme}-${width}`);
      expect(wrong).toEqual([]);
      await page.close();
    },
    60_000,
  );

  test('every control and section has a name', async () => {
    const { page } = await openedPage(browser, { url: server.url });
    await page.locator('#map circle').first().waitFor();
    const unnamed = await page.evaluate(() =>
      [...document.querySelectorAll('input, select, button, section, [role="img"]')]
        .filter((one) => {
          const labels = 'labels' in one ? (one as HTMLInputElement).labels : null;
          const by = one.getAttribute('aria-labelledby');
          return !(
            (labels && labels.length > 0) ||
            one.getAttribute('aria-label') ||
            (by && document.getElementById(by)) ||
            (one.tagName === 'BUTTON' && one.textContent?.trim())
          );
        })
        .map((one) => one.outerHTML.slice(0, 80)),
    );
    expect(unnamed).toEqual([]);
    await page.close();
  });

  test('the page may ask nothing but its server, and no path reaches the disk', async () => {
    const page = await server.ask('/');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const [, script] = /src="\.(\/assets\/[^"]+\.js)"/.exec(page.text)!;
    const { status, headers } = await server.ask(script!);
    expect([status, headers.get('cache-control')]).toEqual([
      200,
      'public, max-age=31536000, immutable',
    ]);
    for (const path of ['/assets/../../package.json', '/assets/%2e%2e/x.js', '/assets/none.js']) {
      expect((await server.ask(path)).status).toBe(404);
    }
    expect((await locked.ask('/')).status).toBe(200);
  });
});
