// Before and after over the whole window, by keys alone; and the whole way from the start to there without a mouse.
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './support/test.ts';
import { startSamples, tiles } from './support/window.ts';

test('a tile opens its comparison, which leads through the photos and gives the focus back', async ({ start }) => {
  const app = await start();
  const { page } = app;
  await startSamples(app);
  await expect(page.getByText('All 4 photos are enhanced.')).toBeVisible();
  const grid = page.getByRole('grid');
  await grid.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  const second = await focusedName(page, grid);
  await page.keyboard.press('Enter');
  const compare = page.getByRole('dialog');
  await expect(compare).toHaveAccessibleName(second);
  await expect(compare.getByText('2 of 4')).toBeVisible();
  await loaded(compare);
  await app.picture('compare');

  const line = compare.getByRole('slider', { name: 'Line between before and after' });
  await line.focus();
  await expect(line).toHaveAttribute('aria-valuenow', '50');
  await page.keyboard.press('ArrowRight');
  await expect(line).toHaveAttribute('aria-valuenow', '52');
  await page.keyboard.press('Shift+ArrowLeft');
  await expect(line).toHaveAttribute('aria-valuenow', '42');

  await compare.getByRole('radio', { name: 'Side by side' }).click();
  await expect(line).toBeHidden();
  await loaded(compare);
  await app.picture('compare-side-by-side');
  await compare.getByRole('radio', { name: 'Toggle' }).click();
  await compare.getByRole('button', { name: 'Show before' }).click();
  await expect(compare.getByRole('button', { name: 'Show after' })).toBeVisible();
  await compare.getByRole('group', { name: /^Before and after of/ }).focus();
  await page.keyboard.press('1');
  await expect(compare.getByLabel('Zoom', { exact: true })).toHaveText('100 %');
  await app.picture('compare-actual-size');
  await page.keyboard.press('0');
  await expect(compare.getByLabel('Zoom', { exact: true })).not.toHaveText('100 %');
  await page.keyboard.press('ArrowRight');
  await expect(compare.getByText('3 of 4')).toBeVisible();
  const third = await compare.getByRole('heading').first().locator('[title]').getAttribute('title');
  await page.keyboard.press('Escape');
  await expect(compare).toBeHidden();
  await expect(grid).toBeFocused();
  expect(await focusedName(page, grid)).toBe(third);
});

test('without a mouse: from the welcome to a batch, into the comparison and back', async ({ start }) => {
  const app = await start();
  const { page } = app;
  await tabTo(page, page.getByRole('button', { name: 'Try it without a key' }));
  await page.keyboard.press('Enter');
  const sheet = page.getByRole('dialog', { name: 'New batch' });
  await expect(sheet.getByText('4 photos found')).toBeVisible();
  await tabTo(page, sheet.getByRole('radio', { name: '4 MP' }));
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await tabTo(page, sheet.getByRole('button', { name: 'Enhance 4 photos' }));
  await app.picture('keyboard-sheet');
  await page.keyboard.press('Enter');
  await expect(sheet).toBeHidden();
  const grid = page.getByRole('grid');
  await tabTo(page, grid);
  await expect(page.getByText('All 4 photos are enhanced.')).toBeVisible();
  await page.keyboard.press('End');
  const last = await focusedName(page, grid);
  await app.picture('keyboard-grid');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toHaveAccessibleName(last);
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByRole('dialog').getByText('3 of 4')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(grid).toBeFocused();
  await page.keyboard.press('Shift+F10');
  await expect(page.getByRole('menu')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(grid).toBeFocused();
  await page.keyboard.press('F6');
  await tabTo(page, page.getByRole('button', { name: 'Settings', exact: true }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeFocused();
});

const MOST_STOPS = 60;

/** Goes on with the Tab key until a control has the focus, and sees that each stop on the way shows that it has it. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press('Tab');
    const seen = await page.evaluate(() => document.activeElement?.matches(':focus-visible') ?? false);
    expect(seen, `stop ${stop}: ${await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200))}`).toBe(
      true,
    );
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`the Tab key does not lead to ${String(target)}`);
}

/** The name of the photo whose tile the keys of the grid are at. */
async function focusedName(page: Page, grid: Locator): Promise<string> {
  await expect(grid).toHaveAttribute('aria-activedescendant', /./);
  const id = (await grid.getAttribute('aria-activedescendant')) ?? '';
  const name = tiles(page)
    .and(page.locator(`[id="${id}"]`))
    .locator('[title]')
    .first();
  return (await name.getAttribute('title')) ?? '';
}

/** Resolves when the pictures in sight are there. */
async function loaded(compare: Locator): Promise<void> {
  await expect
    .poll(() =>
      compare
        .locator('img')
        .evaluateAll(
          (images) => images.length > 0 && images.every((image) => (image as HTMLImageElement).naturalWidth > 0),
        ),
    )
    .toBe(true);
}
