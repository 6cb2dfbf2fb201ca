// Ten thousand photos: only what is in sight is drawn, and every one of them can be reached.
import { join } from 'node:path';
import { tinyPhotos } from '../bench/crowd.ts';
import { expect, test } from './support/test.ts';
import { beginWithKey, startBatch, tiles } from './support/window.ts';

const PHOTOS = 10_000;
const MOST_TILES = 200; // of a window of 1280 by 840, with the rows above and below that are kept at hand

test('ten thousand photos are scrolled, filtered and selected while their batch runs', async ({
  start,
  serve,
  work,
}) => {
  const folder = await tinyPhotos(join(work.dir, 'Everything'), PHOTOS);
  const service = await serve({ plain: true, latencyMs: { min: 800, max: 1_200 } });
  const app = await start({ service });
  const { page } = app;
  await beginWithKey(app);
  await startBatch(app, folder, PHOTOS);
  const grid = page.getByRole('grid');
  await expect(tiles(page).first()).toBeVisible();
  await expect(grid).toHaveAccessibleName('Photos of Everything');
  const columns = Number(await grid.getAttribute('aria-colcount'));
  expect(Number(await grid.getAttribute('aria-rowcount'))).toBe(Math.ceil(PHOTOS / columns));
  await app.picture('crowd');

  await grid.focus();
  await page.keyboard.press('End');
  await expect(tiles(page).filter({ hasText: 'IMG_09999.jpg' })).toBeInViewport();
  expect(await tiles(page).count()).toBeLessThan(MOST_TILES);
  await app.picture('crowd-end');
  await page.keyboard.press('Home');
  await expect(tiles(page).filter({ hasText: 'IMG_00000.jpg' })).toBeInViewport();

  // As a hand on the wheel does it, from the first to the last.
  const last = await grid.evaluate((element) => element.scrollHeight - element.clientHeight);
  let most = 0;
  for (let step = 1; step <= 40; step += 1) {
    await grid.evaluate((element, top) => (element.scrollTop = top), (last * step) / 40);
    most = Math.max(most, await tiles(page).count());
  }
  expect(most).toBeLessThan(MOST_TILES);
  await expect(tiles(page).filter({ hasText: 'IMG_09999.jpg' })).toBeInViewport();

  await page.keyboard.press('Control+a');
  await expect(page.getByText('10,000 photos selected')).toBeVisible();
  await app.picture('crowd-selected');
  await page.keyboard.press('Escape');
  await expect(page.getByText('10,000 photos selected')).toBeHidden();

  await expect.poll(() => service.stats().completed).toBeGreaterThan(8);
  await page.getByRole('button', { name: 'Pause the queue' }).click();
  await expect(page.getByText(/^Paused: [\d,]+ waiting$/).first()).toBeVisible();
  const { completed } = service.stats();
  await page
    .getByRole('group', { name: 'Show' })
    .getByRole('radio', { name: /^Enhanced/ })
    .click();
  await expect(grid).toHaveAttribute('aria-rowcount', String(Math.ceil(completed / columns)));
  await expect(tiles(page).first()).toContainText('Enhanced');
  await app.picture('crowd-filtered');
  await page.keyboard.press('Control+a');
  expect(service.stats()).toMatchObject({ submits: completed, accepted: completed });
});
