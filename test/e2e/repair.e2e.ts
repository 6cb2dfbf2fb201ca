// What goes wrong with a photo or with the account, and how the user mends it: nothing is lost, and nothing is paid twice.
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { OTHER_KEY, photoFolder } from './support/service.ts';
import { expect, test } from './support/test.ts';
import { beginWithKey, pasteKey, picturesShown, slotsFilled, startBatch, tiles } from './support/window.ts';

const BLOCKED = { kind: 'fail', error: 'Content moderation: the image was blocked by the content policy' } as const;

test('a photo blocked by moderation says so, offers one way on, and is enhanced without moderation', async ({
  start,
  serve,
  work,
}) => {
  const service = await serve({
    fault: ({ route, count }) => (route === 'submit' && count === 2 ? BLOCKED : undefined),
  });
  const app = await start({ service });
  const { page } = app;
  await beginWithKey(app);
  await startBatch(app, await photoFolder(work.dir, 'Beach', 4), 4);
  await expect(page.getByText('3 of 4 photos are enhanced; 1 failed.')).toBeVisible();
  const failed = tiles(page).filter({ hasText: 'Failed' });
  await expect(failed).toHaveCount(1);
  await expect(failed.getByText('Content moderation blocked this photo')).toBeVisible();
  await expect(failed.getByRole('button')).toHaveCount(1);
  await app.picture('moderated');
  expect(service.stats()).toMatchObject({ submits: 4, completed: 3 });

  await page.getByRole('button', { name: /^History/ }).click();
  await page.getByRole('row').filter({ hasText: 'Failed' }).click();
  await app.picture('history-failed');
  await page.getByRole('row').filter({ hasText: 'Failed' }).click({ button: 'right' });
  await app.picture('history-menu');
  await page.getByRole('menuitem', { name: 'Retry without moderation' }).click();
  const sheet = page.getByRole('dialog', { name: 'New batch' });
  await expect(sheet.getByText('1 photo found')).toBeVisible();
  await app.picture('sheet-unmoderated');
  await sheet.getByRole('button', { name: 'Enhance 1 photo' }).click();
  await expect(page.getByText('The photo is enhanced.')).toBeVisible();
  expect(service.stats()).toMatchObject({ submits: 5, accepted: 5, completed: 4 });
});

test('photos that failed are tried again from the history, and none is sent before the price was agreed to', async ({
  start,
  serve,
  work,
}) => {
  const broken = { kind: 'fail', error: 'CUDA out of memory' } as const;
  const service = await serve({
    fault: ({ route, count }) => (route === 'submit' && (count === 2 || count === 3) ? broken : undefined),
  });
  const app = await start({ service });
  const { page } = app;
  await beginWithKey(app);
  await startBatch(app, await photoFolder(work.dir, 'Forest', 4), 4);
  await expect(page.getByText('2 of 4 photos are enhanced; 2 failed.')).toBeVisible();
  await page.getByRole('button', { name: /^History/ }).click();
  await page.getByRole('row').filter({ hasText: 'Failed' }).first().click();
  await page.keyboard.press('ControlOrMeta+a');
  const toolbar = page.getByRole('toolbar', { name: 'Selected photos' });
  await toolbar.getByRole('button', { name: 'Retry 2 of 4 photos…' }).click();
  const question = page.getByRole('alertdialog', { name: 'Retry 2 of 4 photos?' });
  await expect(question.getByText('2 photos are sent again, which costs about 0.08 credits')).toBeVisible();
  await app.picture('history-retry');
  expect(service.stats().submits).toBe(4);
  await question.getByRole('button', { name: 'Retry 2 photos' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Enhanced' })).toHaveCount(4);
  await app.picture('history');
  expect(service.stats()).toMatchObject({ submits: 6, completed: 4 });
});

test('photos that were moved away are located, those found along go on when the user says so, and each is paid for once', async ({
  start,
  serve,
  work,
}) => {
  const service = await serve();
  const app = await start({ service });
  const { page } = app;
  await beginWithKey(app);
  await app.call('queue.pause', undefined);
  const folder = await photoFolder(work.dir, 'Harbour', 4);
  await startBatch(app, folder, 4);
  const away = join(work.dir, 'Archive');
  await mkdir(away);
  for (const name of ['IMG_0002.jpg', 'IMG_0003.jpg']) await rename(join(folder, name), join(away, name));
  await app.call('queue.resume', undefined);
  await expect(page.getByText('2 of 4 photos are enhanced; 2 failed.')).toBeVisible();
  const missing = tiles(page).filter({ hasText: 'Failed' });
  await expect(missing.getByText('The photo is no longer where it was')).toHaveCount(2);
  await picturesShown(app);
  await app.picture('source-missing');
  expect(service.stats()).toMatchObject({ submits: 2 });

  await app.choosing([join(folder, 'IMG_0001.jpg')]);
  await missing.first().getByRole('button', { name: 'Locate…' }).click();
  await expect(page.getByText('“IMG_0001.jpg” is not “IMG_0002.jpg”: it has another size.')).toBeVisible();
  await app.picture('source-another');
  await expect(missing).toHaveCount(2);

  await missing.first().click({ button: 'right', position: { x: 20, y: 20 } });
  await expect(page.getByRole('menuitem', { name: 'Retry', exact: true })).toBeVisible();
  await app.choosing([join(away, 'IMG_0002.jpg')]);
  await page.getByRole('menuitem', { name: 'Locate the missing photo…' }).click();
  const along = page.getByRole('alertdialog', { name: '1 more photo was found' });
  await expect(along.getByText('1 photo is sent, which costs about 0.04 credits by your past costs.')).toBeVisible();
  await expect(page.getByText('3 of 4 photos are enhanced; 1 failed.')).toBeVisible();
  expect(service.stats()).toMatchObject({ submits: 3 });
  await app.picture('source-located');
  await along.getByRole('button', { name: 'Enhance' }).click();
  await expect(page.getByText('All 4 photos are enhanced.')).toBeVisible();
  await picturesShown(app);
  expect(service.stats()).toMatchObject({ submits: 4, accepted: 4, completed: 4 });
  expect(new Set(Object.values(service.stats().acceptedByContent))).toEqual(new Set([1]));
  app.excuse(/Failed to load resource/); // previews of photos that are not there
});

test('a key that is refused in the middle stops the queue, and another one lets it go on', async ({
  start,
  serve,
  work,
}) => {
  const service = await serve({ plain: true });
  service.hold();
  const app = await start({ service });
  const { page } = app;
  await beginWithKey(app);
  await startBatch(app, await photoFolder(work.dir, 'Portraits', 16), 16);
  await slotsFilled(app, 8, 8);
  service.change({ keys: (key) => (key === OTHER_KEY ? 'ok' : 'invalid') });
  service.letGo();
  await expect(page.getByText('The queue stopped.')).toBeVisible();
  await app.picture('key-refused');
  await expect(page.getByText('Failed', { exact: true })).toBeHidden();
  await page.getByRole('button', { name: 'Enter API key…' }).click();
  await expect(page.getByRole('dialog').getByText('8 photos are at the service under the present key.')).toBeVisible();
  await page.getByRole('button', { name: 'Change it anyway…' }).click();
  await pasteKey(page, OTHER_KEY);
  await expect(page.getByText('All 16 photos are enhanced.')).toBeVisible();
  await expect(page.getByText('The queue stopped.')).toBeHidden();
  expect(service.stats()).toMatchObject({ accepted: 16, completed: 16 });
  expect(new Set(Object.values(service.stats().acceptedByContent))).toEqual(new Set([1]));
});

test('credits that run out stop the queue, fail no photo, and when they are back each photo was paid once', async ({
  start,
  serve,
  work,
}) => {
  const service = await serve({ plain: true, credits: 0.24 });
  const app = await start({ service });
  const { page } = app;
  await beginWithKey(app);
  await startBatch(app, await photoFolder(work.dir, 'Long weekend', 16), 16);
  await expect(page.getByText('The Segmind account is out of credits.')).toBeVisible();
  await expect(page.getByText('Stopped: out of credits').first()).toBeVisible();
  await expect.poll(() => service.stats().completed).toBe(6);
  await expect(page.getByText('6 of 16 enhanced')).toBeVisible();
  await app.picture('no-credits');
  await expect(tiles(page).filter({ hasText: 'Failed' })).toHaveCount(0);
  service.change({ credits: 10 });
  await page.getByRole('alert').getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByText('All 16 photos are enhanced.')).toBeVisible();
  expect(service.stats()).toMatchObject({ accepted: 16, completed: 16, billed: 0.64 });
  expect(new Set(Object.values(service.stats().acceptedByContent))).toEqual(new Set([1]));
});
