// What a stranger meets: the welcome, the practice service with its sample photographs, and a key of one's own.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEY } from './support/service.ts';
import { expect, test } from './support/test.ts';
import { beginWithKey, sheetOf, tiles } from './support/window.ts';

test('practice enhances the four sample photographs, and is called practice all along', async ({ start }) => {
  const app = await start();
  const { page } = app;
  await expect(page.getByRole('heading', { name: 'Enhance whole folders of photos' })).toBeVisible();
  await app.picture('first-run');
  await page.getByRole('button', { name: 'Try it without a key' }).click();
  const sheet = await sheetOf(app, 4);
  await expect(sheet.getByText('PRACTICE', { exact: true })).toBeVisible();
  await app.picture('first-run-sheet');
  await sheet.getByRole('button', { name: 'Enhance 4 photos' }).click();
  await expect(page.getByText('PRACTICE').first()).toBeVisible();
  await expect(page.getByText('All 4 photos are enhanced')).toBeVisible();
  await expect(tiles(page)).toHaveCount(4);
  await expect(page.getByText('PRACTICE').first()).toBeVisible();
  await app.picture('first-run-done');
});

test('a key is verified, shows the balance, and is nowhere to be read afterwards', async ({ start, serve, work }) => {
  await using service = await serve({ credits: 12.4 });
  const app = await start({ service });
  const { page } = app;
  await page.getByLabel('API key').fill(KEY);
  await page.getByRole('button', { name: 'Check key' }).click();
  await expect(page.getByRole('heading', { name: 'Your key works' })).toBeVisible();
  await expect(page.getByText('12.40 credits')).toBeVisible();
  await app.picture('first-run-key');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Settings' }).click();
  await expect(page.getByText(`•••• ${KEY.slice(-4)}`)).toBeVisible();
  const inPage = await page.evaluate(() => {
    const values = [...document.querySelectorAll('input')].map(({ value }) => value);
    return [document.documentElement.outerHTML, ...values, JSON.stringify(localStorage)].join('\n');
  });
  expect(inPage).not.toContain(KEY.slice(3));
  await app.quit();
  expect(filesHolding(work.data, KEY)).toEqual([]);
  expect(filesHolding(work.data, 'lightbatch')).not.toEqual([]); // the search does find what is there
});

test('a key that the service refuses is told beside its field, and another one goes in', async ({ start, serve }) => {
  await using service = await serve({ keys: (key) => (key === KEY ? 'ok' : 'invalid') });
  const app = await start({ service });
  const { page } = app;
  await page.getByLabel('API key').fill('SG_ffffffffffffffff');
  await page.getByLabel('API key').press('Enter');
  await expect(page.getByText('Segmind does not accept the API key.')).toBeVisible();
  await app.picture('first-run-key-refused');
  await beginWithKey(app);
  await expect(page.getByRole('heading', { name: 'Drop photos or a folder here' })).toBeVisible();
});

/** Files under a folder in whose bytes a text occurs, as UTF-8 or as UTF-16. */
function filesHolding(folder: string, text: string): string[] {
  const needles = [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => needles.some((needle) => readFileSync(path).includes(needle)));
}
