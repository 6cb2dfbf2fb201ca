// What the page must never get or do, tried from within the page of the running app.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { Bridge } from '../../app/contract.ts';
import { expect, test } from './support/test.ts';

test('the page reaches nothing of Node, of Electron or of the disk', async ({ start }) => {
  const app = await start();
  const { page } = app;
  const reached = await page.evaluate(() =>
    ['require', 'process', 'module', 'Buffer', 'global', '__dirname', 'electron', 'ipcRenderer'].filter(
      (name) => name in globalThis,
    ),
  );
  expect(reached).toEqual([]);
  expect(await page.evaluate(() => Object.keys((window as unknown as { lightbatch: object }).lightbatch))).toEqual([
    'call',
    'on',
    'drop',
  ]);
  expect(await refusal(page.evaluate(() => fetch('file:///etc/hosts')))).toMatch(/Failed to fetch/);
  const outside = page.evaluate(async () => (await fetch('app://ui/..%2f..%2fpackage.json')).status);
  expect(await outside).toBe(404);
  await expect
    .poll(() => app.excuse(/Content Security Policy|Not allowed to load|404|Failed to load/))
    .toBeGreaterThan(0);
});

test('the page stays where it is, and opens no window', async ({ start, work }) => {
  const app = await start();
  const { page } = app;
  const refused = () => readFileSync(join(work.data, 'logs', 'lightbatch.log'), 'utf8').split('\n');
  expect(await page.evaluate(() => window.open('https://example.com') === null)).toBe(true);
  for (const url of ['https://example.com/', 'mailto:someone@example.com', 'app://other/']) {
    const before = refused().filter((line) => line.includes('page.navigation')).length;
    await page.evaluate((to) => {
      const link = document.body.appendChild(document.createElement('a'));
      link.href = to;
      link.click();
      link.remove();
    }, url);
    await expect.poll(() => refused().filter((line) => line.includes('page.navigation')).length).toBe(before + 1);
  }
  await page.evaluate(() => {
    for (const to of ['file:///etc/hosts', 'data:text/html,hello']) window.location.href = to;
    const frame = document.createElement('iframe');
    frame.src = 'https://example.com/';
    document.body.append(frame);
  });
  await expect.poll(() => app.excuse(/Content Security Policy|Not allowed/)).toBeGreaterThan(0);
  // Not by a locator: Playwright waits for a navigation to end that was refused before it began.
  const heading = await page.evaluate(() => document.querySelector('h1')?.textContent);
  expect(heading).toBe('Enhance whole folders of photos');
  expect(refused().some((line) => line.includes('page.window'))).toBe(true);
  expect(await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  app.excuse(/Content Security Policy|Not allowed/);
});

test('no text becomes a program, and nothing comes from the network', async ({ start }) => {
  const app = await start();
  const { page } = app;
  // Not in the evaluation itself, which comes from the debugger and is not bound by the page's policy.
  const evaluated = page.evaluate(
    () =>
      new Promise((done, fail) =>
        requestAnimationFrame(() => {
          const compile = Function as unknown as (code: string) => () => unknown;
          try {
            done(compile('return 1')());
          } catch (error) {
            fail(new Error(String(error)));
          }
        }),
      ),
  );
  expect(await refusal(evaluated)).toMatch(/EvalError/);
  const ran = await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.wasRun = true';
    document.body.append(script);
    document.body.insertAdjacentHTML('beforeend', '<img src="app://ui/none.png" onerror="window.wasRun = true">');
    return 'wasRun' in window;
  });
  expect(ran).toBe(false);
  expect(await pictureLoads(page, 'https://example.com/picture.png')).toBe(false);
  expect(await refusal(page.evaluate(() => fetch('https://example.com/')))).toMatch(/Failed to fetch|Content Security/);
  expect(await page.evaluate(() => 'wasRun' in window)).toBe(false);
  await expect.poll(() => app.excuse(/Content Security Policy|404|Failed to load/)).toBeGreaterThanOrEqual(4);
});

test('a picture is had by the id of a photo that there is, and by nothing else', async ({ start }) => {
  const app = await start();
  const statuses = await app.electron.evaluate(
    async ({ net }, urls) => await Promise.all(urls.map(async (url) => (await net.fetch(url)).status)),
    [
      'thumb://job/999999/original/small?v=1',
      'thumb://job/1/original/..%2f..%2fetc%2fhosts',
      'thumb://other/1/original/small',
      'app://ui/..%2f..%2f..%2fpackage.json',
      'app://ui/%2e%2e/main/index.js',
    ],
  );
  expect(statuses).toEqual([404, 404, 404, 404, 404]);
  expect(await pictureLoads(app.page, 'thumb://job/999999/original/small?v=1')).toBe(false);
  await expect.poll(() => app.excuse(/404/)).toBe(1);
});

test('a device, a notification or the clipboard is not the page’s to have', async ({ start }) => {
  const app = await start();
  const { page } = app;
  const asked = ['camera', 'microphone', 'notifications', 'clipboard-read', 'geolocation'] as const;
  const states = await page.evaluate(
    async (names) => {
      const all = names.map((name) => navigator.permissions.query({ name: name as PermissionName }));
      return (await Promise.all(all)).map(({ state }) => state);
    },
    [...asked],
  );
  expect(states).toEqual(asked.map(() => 'denied'));
  expect(await page.evaluate(() => Notification.requestPermission())).toBe('denied');
  const place = await page.evaluate(
    () =>
      new Promise<string>((done) =>
        navigator.geolocation.getCurrentPosition(
          () => done('had'),
          () => done('refused'),
        ),
      ),
  );
  expect(place).toBe('refused');
  app.excuse(/permission/i);
});

test('the bridge takes commands of the contract, and files that the system gave', async ({ start }) => {
  const app = await start();
  for (const [name, input] of [
    ['constructor', undefined],
    ['__proto__', undefined],
    ['app.shell', { command: 'ls' }],
    ['jobs.open', { id: 1, which: 'original', path: '/etc/hosts' }],
    ['jobs.open', { id: '/etc/hosts', which: 'original' }],
    ['app.openLink', { link: 'https://example.com' }],
    ['intake.plan', { paths: ['/etc'] }],
  ] as const) {
    expect(await app.ask(name, input), name).toMatchObject({ ok: false, failure: { code: 'bad_request' } });
  }
  const dropped = await app.page.evaluate(() => {
    const { lightbatch } = window as unknown as { lightbatch: Bridge };
    const made = new File(['not a photo'], '/etc/hosts', { type: 'image/jpeg' });
    return lightbatch.drop([made]);
  });
  expect(dropped).toEqual({ ok: true, value: null });
});

/** What something done in the page fails with. */
async function refusal(done: Promise<unknown>): Promise<string> {
  return await done.then(
    (value) => `not refused: ${String(value)}`,
    (error: unknown) => String(error),
  );
}

function pictureLoads(page: Page, url: string): Promise<boolean> {
  return page.evaluate(
    (src) =>
      new Promise<boolean>((done) => {
        const image = new Image();
        image.onload = () => done(true);
        image.onerror = () => done(false);
        image.src = src;
      }),
    url,
  );
}
