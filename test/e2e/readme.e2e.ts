// The pictures of the README, made of the app as it is. After this: cp out/e2e/pictures/readme/*.png docs/pictures/
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { samplePhoto } from '../bench/rig.ts';
import { expect, test } from './support/test.ts';
import { beginWithKey, openBatch, picturesShown, slotsFilled, tiles } from './support/window.ts';

/** Parts of the sample photographs, as shares of their sides: left, top, width, height. */
const CROPS = [
  [0, 0, 1, 1],
  [0.05, 0.1, 0.5, 0.75],
  [0.4, 0.15, 0.58, 0.7],
  [0.15, 0.3, 0.8, 0.6],
] as const;

/** @param margin what is cut off at the right, as a share: other photos, which are not known already */
async function shoot(folder: string, photos: number, margin = 0): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (let n = 0; n < photos; n += 1) {
    const photo = sharp(samplePhoto(n));
    const { width, height } = await photo.metadata();
    const [left, top, wide, high] = CROPS[Math.floor(n / 4) % CROPS.length] ?? CROPS[0];
    await photo
      .extract({
        left: Math.floor(left * width),
        top: Math.floor(top * height),
        width: Math.floor((wide - margin) * width),
        height: Math.floor(high * height),
      })
      .toFile(join(folder, `DSC_${String(4_101 + n * 3)}.jpg`));
  }
  return folder;
}

test('the app shows itself', async ({ start, serve, work }) => {
  const service = await serve({
    credits: 25,
    fault: ({ route, count }) =>
      route === 'submit' && count === 7 ? { kind: 'fail', error: 'Blocked by content moderation' } : undefined,
  });
  const app = await start({ service });
  const { page } = app;
  const take = async (name: string) => {
    await picturesShown(app);
    await app.picture(`readme/${name}`);
  };
  await app.look({ theme: 'dark', width: 1280, height: 800 });
  await expect(page.getByRole('button', { name: 'Try it without a key' })).toBeVisible();
  await take('first-run-dark');

  await beginWithKey(app);
  const notice = page.getByRole('button', { name: 'Dismiss' });
  if (await notice.isVisible()) await notice.click();
  await app.look({ theme: 'light', width: 1280, height: 800 });
  await app.drop([await shoot(join(work.dir, 'Pictures', 'Archive 1920'), 16)]);
  const sheet = page.getByRole('dialog', { name: 'New batch' });
  await expect(sheet.getByText('16 photos found')).toBeVisible();
  await take('new-batch-light');

  service.hold();
  await sheet.getByRole('button', { name: 'Enhance 16 photos' }).click();
  await slotsFilled(app, 8, 8);
  service.letGo();
  await expect.poll(() => service.stats().completed).toBeGreaterThan(7);
  service.hold();
  await expect(page.getByText(/^[4-8] in progress(, [1-4] waiting)?$/).first()).toBeVisible();
  await app.look({ theme: 'dark', width: 1280, height: 800 });
  await expect(tiles(page).filter({ hasText: 'Failed' })).toHaveCount(1);
  await take('batch-dark');

  service.letGo();
  await expect(page.getByText(/15 of 16 photos are enhanced/)).toBeVisible();
  await openBatch(app, 'Archive 1920');
  await tiles(page).first().dblclick();
  const compare = page.getByRole('dialog');
  await expect(compare.getByRole('slider', { name: 'Line between before and after' })).toBeVisible();
  await expect(compare.locator('img[src*="/enhanced/full"]').first()).toBeVisible();
  await page.keyboard.press('1');
  await expect(compare.getByLabel('Zoom', { exact: true })).toHaveText('100 %');
  await page.keyboard.press('i');
  await take('compare-dark');
  await page.keyboard.press('Escape');

  const tethered = join(work.dir, 'Pictures', 'Tethered');
  await mkdir(tethered, { recursive: true });
  await page.getByRole('navigation').getByRole('button', { name: 'Watch folders' }).click();
  await app.choosing([tethered]);
  await page.getByRole('button', { name: 'Choose a folder…' }).click();
  const card = page.getByRole('article', { name: 'Tethered' });
  await expect(card.getByText('Watching')).toBeVisible();
  await shoot(tethered, 8, 0.02);
  await expect(card.getByText('8 enhanced')).toBeVisible();
  await expect(page.getByText('are enhanced by themselves from now on')).toBeHidden();
  await take('watch-dark');

  await app.look({ theme: 'light', width: 1280, height: 800 });
  await page
    .getByRole('navigation')
    .getByRole('button', { name: /^History/ })
    .click();
  await expect(page.getByRole('row')).not.toHaveCount(0);
  await take('history-light');
});
