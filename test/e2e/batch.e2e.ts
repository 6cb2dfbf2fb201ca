// A batch from the drop to its end, and what holds it back on the way: pause and cancel. Money is counted at the service.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { photoFolder } from './support/service.ts';
import { expect, test } from './support/test.ts';
import {
  beginWithKey,
  giveKeyAgain,
  openBatch,
  picturesShown,
  slotsFilled,
  startBatch,
  tiles,
  watchForBlanks,
  watchForJumps,
} from './support/window.ts';

test('a dropped folder is enhanced: each photo once, its result beside it, the original as it was', async ({
  start,
  serve,
  work,
}) => {
  const service = await serve({ credits: 5 });
  const folder = await photoFolder(work.dir, 'Wedding in May', 8);
  const before = hashes(folder);
  const app = await start({ service });
  const { page } = app;
  await beginWithKey(app);
  await app.drop([folder]);
  const sheet = page.getByRole('dialog', { name: 'New batch' });
  await expect(sheet.getByText('8 photos found')).toBeVisible();
  await expect(sheet.getByText('about 0.32 credits')).toBeVisible();
  await expect(sheet.getByText('about 4.68 credits')).toBeVisible();
  await app.picture('sheet');
  await sheet.getByRole('button', { name: 'Enhance 8 photos' }).click();
  await expect(tiles(page)).toHaveCount(8);
  await expect(page.getByRole('progressbar', { name: 'Progress of Wedding in May' }).first()).toBeVisible();
  await expect.poll(() => service.stats().accepted).toBeGreaterThan(3);
  await app.picture('batch-running');
  await expect(page.getByText('All 8 photos are enhanced.')).toBeVisible();
  await expect(page.getByText('0.32 credits').first()).toBeVisible();
  await expect(page.getByRole('button', { name: /^Balance: 4\.68 credits/ })).toBeVisible();
  await app.picture('batch-done');
  expect(service.stats()).toMatchObject({ submits: 8, accepted: 8, completed: 8 });
  expect(hashes(folder)).toEqual(before);
  const results = readdirSync(join(folder, 'Enhanced'));
  expect(results.map((name) => name.replace(/\.\w+$/, '')).sort()).toEqual(
    Object.keys(before).map((name) => name.replace('.jpg', '_enhanced')),
  );
});

test('a tile shows its original until the enhanced picture is there, and is blank at no moment', async ({
  start,
  serve,
  work,
}) => {
  const service = await serve();
  service.hold();
  const app = await start({ service });
  const { page } = app;
  await beginWithKey(app);
  await startBatch(app, await photoFolder(work.dir, 'Swap', 8), 8);
  await slotsFilled(app, 8, 0);
  await picturesShown(app);
  const blanks = await watchForBlanks(app);
  service.letGo();
  await expect(page.getByText('All 8 photos are enhanced.')).toBeVisible();
  await expect(tiles(page).getByRole('img', { name: 'Enhanced' })).toHaveCount(8);
  await picturesShown(app);
  const { frames, blank } = await blanks();
  expect(frames).toBeGreaterThan(10);
  expect(blank).toBe(0);
  await expect(tiles(page).locator('img')).toHaveCount(8); // what was beneath is gone
});

test('a pause sends nothing more, holds over a restart, and ends when it is ended', async ({ start, serve, work }) => {
  const service = await serve({ plain: true });
  service.hold(); // all slots are filled before the first photo comes back
  const first = await start({ service });
  await beginWithKey(first);
  await startBatch(first, await photoFolder(work.dir, 'Paused', 20), 20);
  await slotsFilled(first, 8, 12);
  await first.page.getByRole('button', { name: 'Pause the queue' }).click();
  await expect(first.page.getByText('Paused: 8 still come back', { exact: true }).first()).toBeVisible();
  service.letGo();
  await expect(first.page.getByText('Paused: 12 waiting', { exact: true }).first()).toBeVisible();
  await first.picture('paused');
  expect(service.stats()).toMatchObject({ submits: 8, completed: 8 });
  await first.quit();

  const again = await start({ service });
  await giveKeyAgain(again);
  await expect(again.page.getByText('Paused: 12 waiting', { exact: true }).first()).toBeVisible();
  expect(service.stats()).toMatchObject({ submits: 8, completed: 8 });
  await again.page.getByRole('button', { name: 'Resume the queue' }).click();
  await openBatch(again, 'Paused');
  await expect(again.page.getByText('All 20 photos are enhanced.')).toBeVisible();
  expect(service.stats()).toMatchObject({ submits: 20, accepted: 20, completed: 20 });
});

test('of a canceled batch nothing more is sent, what is at the service is collected, and nothing in sight moves', async ({
  start,
  serve,
  work,
}) => {
  const broken = { kind: 'fail', error: 'CUDA out of memory' } as const;
  const service = await serve({
    plain: true,
    fault: ({ route, count }) => (route === 'submit' && count === 1 ? broken : undefined),
  });
  service.hold(); // all slots are filled before the first photo comes back
  const app = await start({ service });
  const { page } = app;
  await beginWithKey(app);
  await startBatch(app, await photoFolder(work.dir, 'Too many', 20), 20);
  await expect(tiles(page)).not.toHaveCount(0);
  const places = await watchForJumps(app);
  await slotsFilled(app, 8, 11); // the first failed, and the ninth took its slot
  const question = page.getByRole('alertdialog');
  await expect(async () => {
    await page.keyboard.press('Escape'); // it asks about what the window knew when it was opened
    await page.getByRole('button', { name: 'Cancel…' }).click();
    await expect(question.getByText(/^11 photos .*not sent/)).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await expect(question.getByText(/^8 photos are at the service/)).toBeVisible();
  await app.picture('cancel');
  await question.getByRole('button', { name: 'Cancel photos' }).click();
  await expect(question).toBeHidden();
  service.letGo();
  await expect(page.getByText('8 of 20 photos are enhanced; 1 failed, 11 were canceled.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Retry 1 failed…' })).toBeVisible();
  await app.picture('canceled');
  for (const [part, its] of Object.entries(await places())) expect(its, part).toEqual([expect.stringMatching(/^\d/)]);
  expect(service.stats()).toMatchObject({ submits: 9, accepted: 9, completed: 8 });
});

/** SHA-256 of each file of a folder, by its name. */
function hashes(folder: string): Record<string, string> {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ name }) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  );
}
