// A furnished app, and the way to each of its views: for what is looked at in all of them.
import { copyFile, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { RunningApp } from './app.ts';
import { photoFolder, type TestService } from './service.ts';
import { openBatch, slotsFilled, startBatch, tiles } from './window.ts';

export const LONG = 'A name that a photographer with much to say gave to a wedding on two days in three places';

/** Faults for `furnish`: the second photo is blocked, of the fifth the answer is lost. */
export const MIXED = {
  plain: true,
  credits: 40,
  fault: ({ route, count }: { readonly route: string; readonly count: number }) => {
    if (route !== 'submit') return undefined;
    if (count === 2) return { kind: 'fail', error: 'Blocked by content moderation' } as const;
    return count === 5 ? ({ kind: 'reset', when: 'after' } as const) : undefined;
  },
} as const;

/**
 * A batch with everything that can become of photos, and one that runs and does not end; a watch folder that has something
 * of everything that waits, and one that is away.
 */
export async function furnish(app: RunningApp, service: TestService, dir: string): Promise<void> {
  await furnishWatch(app, dir);
  const mixed = await photoFolder(dir, LONG, 10);
  await copyFile(join(mixed, 'IMG_0001.jpg'), join(mixed, `${LONG} (edited, second version, final).jpg`));
  await copyFile(join(mixed, 'IMG_0002.jpg'), join(mixed, 'תמונה מהחתונה של דנה.jpg'));
  await writeFile(join(mixed, 'notes.jpg'), 'not a photo');
  await startBatch(app, mixed, 12);
  await expect(app.page.getByText('10 of 12 photos are enhanced;')).toBeVisible();
  service.hold();
  await startBatch(app, await photoFolder(dir, 'Coast', 11), 11);
  await slotsFilled(app, 8, 3);
  const folders = async () => (await app.call('watch.list', undefined)).map(({ state, held }) => held?.photos ?? state);
  await expect.poll(folders).toEqual([5, 'unavailable']); // while the batches went their way
}

async function furnishWatch(app: RunningApp, dir: string): Promise<void> {
  const studio = await photoFolder(join(dir, 'Studio'), LONG, 4);
  const drive = join(dir, 'Drive');
  await mkdir(drive);
  for (const folder of [studio, drive]) {
    await app.choosing([folder]);
    const row = await app.call('watch.choose', undefined);
    if (row === null) throw new Error('the dialog was closed');
    const settings = { ...row.settings, stormLimit: 3, settleMs: 500, photosADay: 500, exclude: ['*_proof.*'] };
    await app.call('watch.change', { id: row.id, settings });
  }
  await rename(drive, `${drive} away`);
  const card = await photoFolder(dir, 'Card', 9);
  for (const name of (await readdir(card)).sort().slice(4)) await copyFile(join(card, name), join(studio, name));
  await writeFile(join(studio, 'IMG_0010.jpg'), Buffer.from('ffd8ffe000104a464946', 'hex')); // its end is missing
  await writeFile(join(studio, 'IMG_0011.jpg'), 'not a photo');
}

export interface AppView {
  readonly name: string;
  readonly open: (app: RunningApp) => Promise<void>;
}

const go = (name: RegExp | string) => (app: RunningApp) =>
  app.page.getByRole('navigation').getByRole('button', { name }).click();

/** The history; while something waits for a decision, its entry leads there first. */
async function allPhotos(app: RunningApp): Promise<void> {
  await go(/^History/)(app);
  await app.page.getByRole('radio', { name: 'All photos' }).click();
}

async function select(app: RunningApp): Promise<void> {
  await openBatch(app, LONG);
  await app.page.getByRole('grid').focus();
  await app.page.keyboard.press('Control+a');
  await expect(app.page.getByRole('region', { name: 'Selected photos' })).toBeVisible();
}

async function compare(app: RunningApp): Promise<void> {
  await openBatch(app, LONG);
  const enhanced = tiles(app.page).filter({ hasText: /Enhanced\s*$/ }); // which one fails is left to their order at the service
  await enhanced.first().dblclick();
  await expect(app.page.getByRole('slider', { name: 'Line between before and after' })).toBeVisible();
}

/** Each view and dialog; Escape leaves each of them, or does nothing. */
export const VIEWS: readonly AppView[] = [
  { name: 'overview', open: go('Overview') },
  { name: 'batch', open: (app) => openBatch(app, LONG) },
  { name: 'batch-selected', open: select },
  {
    name: 'batch-menu',
    open: async (app) => {
      await select(app);
      await app.page.keyboard.press('Shift+F10');
      await expect(app.page.getByRole('menu')).toBeVisible();
    },
  },
  { name: 'batch-running', open: (app) => openBatch(app, 'Coast') },
  {
    name: 'cancel',
    open: async (app) => {
      await openBatch(app, 'Coast');
      await app.page.getByRole('button', { name: 'Cancel…' }).click();
      await expect(app.page.getByRole('alertdialog')).toBeVisible();
    },
  },
  { name: 'compare', open: compare },
  {
    name: 'compare-side-by-side',
    open: async (app) => {
      await compare(app);
      await app.page.getByRole('radio', { name: 'Side by side' }).click();
    },
  },
  { name: 'history', open: allPhotos },
  {
    name: 'history-selected',
    open: async (app) => {
      await allPhotos(app);
      await app.page.getByRole('row').nth(3).click();
    },
  },
  {
    name: 'undecided',
    open: async (app) => {
      await go(/^History/)(app);
      await app.page.getByRole('radio', { name: /^Waits for your decision/ }).click();
      await expect(app.page.getByRole('listitem').filter({ hasText: 'Submit again' })).toBeVisible();
    },
  },
  {
    name: 'undecided-consent',
    open: async (app) => {
      await go(/^History/)(app);
      await app.page.getByRole('radio', { name: /^Waits for your decision/ }).click();
      await app.page.getByRole('button', { name: /^Submit again…/ }).click();
      await expect(app.page.getByRole('alertdialog')).toBeVisible();
    },
  },
  { name: 'watch', open: go(/^Watch folders/) },
  {
    name: 'watch-settings',
    open: async (app) => {
      await go(/^Watch folders/)(app);
      await app.page.getByRole('button', { name: `Settings of ${LONG}…` }).click();
      await expect(app.page.getByRole('dialog', { name: /^Settings of/ })).toBeVisible();
    },
  },
  {
    name: 'watch-stop',
    open: async (app) => {
      await go(/^Watch folders/)(app);
      await app.page.getByRole('button', { name: `More for ${LONG}` }).click();
      await app.page.getByRole('menuitem', { name: 'Stop watching…' }).click();
      await expect(app.page.getByRole('alertdialog', { name: /^Stop watching/ })).toBeVisible();
    },
  },
  { name: 'settings', open: go(/^Settings$/) },
  {
    name: 'settings-end',
    open: async (app) => {
      await go(/^Settings$/)(app);
      await app.page.getByRole('button', { name: 'Open logs' }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'key',
    open: async (app) => {
      await go(/^Settings$/)(app);
      await app.page.getByRole('button', { name: 'Change…' }).click();
      await expect(app.page.getByRole('dialog')).toBeVisible();
    },
  },
];
