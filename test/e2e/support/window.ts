// The window as its user knows it: what is pressed and read there, by the names that it shows.
import type { Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';
import type { RunningApp } from './app.ts';
import { KEY } from './service.ts';

/** Gives the key at the welcome, and goes on into the window; the account's plan has no limit a minute. */
export async function beginWithKey(app: RunningApp, key = KEY): Promise<void> {
  const { page } = app;
  await app.call('settings.set', { requestsPerMinute: null });
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Check key' }).click();
  await page.getByRole('button', { name: 'Go on' }).click();
}

/** The sheet of a new batch, once it knows what it found. */
export async function sheetOf({ page }: RunningApp, photos: number): Promise<Locator> {
  const sheet = page.getByRole('dialog', { name: 'New batch' });
  await expect(sheet.getByText(`${photos.toLocaleString('en')} photo${photos === 1 ? '' : 's'} found`)).toBeVisible();
  return sheet;
}

/** Drops a folder and starts the batch with the settings as they are. */
export async function startBatch(app: RunningApp, folder: string, photos: number): Promise<void> {
  await app.drop([folder]);
  const sheet = await sheetOf(app, photos);
  await sheet.getByRole('button', { name: `Enhance ${photos.toLocaleString('en')} photo` }).click();
  await expect(sheet).toBeHidden();
}

/** Resolves when all slots are filled: so many photos are at the service, and nothing is being done for the others. */
export async function slotsFilled(app: RunningApp, atService: number, others: number): Promise<void> {
  const queue = () => app.call('queue.state', undefined);
  await expect.poll(queue).toMatchObject({ atService, unfinished: atService + others });
}

/** The tiles of the batch that are mounted. */
export function tiles(page: Page): Locator {
  return page.getByRole('grid').getByRole('gridcell');
}

/** Resolves when every picture in sight is loaded and seen. */
export async function picturesShown({ page }: RunningApp): Promise<void> {
  await page.waitForFunction(() =>
    [...document.querySelectorAll('img')]
      .filter((image) => {
        const { top, bottom } = image.getBoundingClientRect();
        return bottom > 0 && top < window.innerHeight;
      })
      .every(
        (image) =>
          image.hasAttribute('src') &&
          image.complete &&
          image.naturalWidth > 0 &&
          getComputedStyle(image).opacity !== '0',
      ),
  );
}

/**
 * Looks at each frame from now on whether a tile whose photo was seen shows nothing.
 * @returns how many frames it looked at, and in how many of them some tile was blank
 */
export async function watchForBlanks({
  page,
}: RunningApp): Promise<() => Promise<{ readonly frames: number; readonly blank: number }>> {
  const counting = await page.evaluateHandle(() => {
    const counted = { frames: 0, blank: 0 };
    const seen = new Set<Element>();
    const isSeen = (image: HTMLImageElement) =>
      image.complete && image.naturalWidth > 0 && getComputedStyle(image).opacity !== '0';
    const look = () => {
      const cells = [...document.querySelectorAll('[role=grid] [role=gridcell]')];
      const blank = cells.filter((cell) => ![...cell.querySelectorAll('img')].some(isSeen));
      for (const cell of cells) if (!blank.includes(cell)) seen.add(cell);
      counted.frames += 1;
      if (blank.some((cell) => seen.has(cell))) counted.blank += 1;
      requestAnimationFrame(look);
    };
    look();
    return counted;
  });
  return () => counting.jsonValue();
}

/**
 * Looks at each frame from now on where the parts of the batch in sight are.
 * @returns every place that each of them had: one, if nothing moved
 */
export async function watchForJumps({ page }: RunningApp): Promise<() => Promise<Record<string, string[]>>> {
  const seen = await page.evaluateHandle(() => {
    const buttons = [...document.querySelectorAll('section.batch header button')];
    const named = (name: string) => buttons.find((button) => button.textContent.trim().startsWith(name));
    const parts = {
      header: document.querySelector('section.batch header'),
      filter: document.querySelector('section.batch .toolbar'),
      row: document.querySelector('[role=grid] [role=row]'),
      pause: named('Pause'),
      cancel: named('Cancel'),
      results: named('Open results'),
      listed: document.querySelector('nav li'),
    };
    const places: Record<string, string[]> = {};
    const look = () => {
      for (const [name, part] of Object.entries(parts)) {
        const { x, y, width, height } = part?.getBoundingClientRect() ?? new DOMRect();
        const place = part?.isConnected ? [x, y, width, height].map(Math.round).join(' ') : 'gone';
        const before = (places[name] ??= []);
        if (!before.includes(place)) before.push(place);
      }
      requestAnimationFrame(look);
    };
    look();
    return places;
  });
  return () => seen.jsonValue();
}

/** Sets a key in the open window: where there is no keyring, each start asks for it. */
export async function giveKeyAgain({ page }: RunningApp, key = KEY): Promise<void> {
  await page.getByRole('button', { name: 'Enter API key…' }).click();
  await pasteKey(page, key);
}

/** Gives a key to the dialog that is open for one. */
export async function pasteKey(page: Page, key: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: /the API key|an API key/ });
  await dialog.getByLabel('API key').fill(key);
  await dialog.getByRole('button', { name: 'Check and use' }).click();
  await expect(dialog).toBeHidden();
}

/** Shows a batch by its name in the sidebar. */
export async function openBatch({ page }: RunningApp, name: string): Promise<void> {
  await page.getByRole('list', { name: 'Batches' }).getByRole('button', { name }).click();
  await expect(page.getByRole('grid', { name: `Photos of ${name}` })).toBeVisible();
}

/** Begins with practice and its sample photographs. */
export async function startSamples(app: RunningApp): Promise<void> {
  await app.page.getByRole('button', { name: 'Try it without a key' }).click();
  const sheet = await sheetOf(app, 4);
  await sheet.getByRole('button', { name: 'Enhance 4 photos' }).click();
  await expect(sheet).toBeHidden();
}
