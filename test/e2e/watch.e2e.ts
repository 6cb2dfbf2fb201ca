// Watch folders in the app: what arrives is enhanced by itself and once, and what would cost unexpectedly asks first.
import { cpSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { RunningApp } from './support/app.ts';
import { KEY, photoFolder } from './support/service.ts';
import { expect, test } from './support/test.ts';
import { beginWithKey, pasteKey } from './support/window.ts';

async function showWatchFolders({ page }: RunningApp): Promise<void> {
  await page.getByRole('navigation').getByRole('button', { name: 'Watch folders' }).click();
}

/** Adds a folder as its user does. */
async function watchFolder(app: RunningApp, folder: string): Promise<void> {
  await showWatchFolders(app);
  await app.choosing([folder]);
  await app.page.getByRole('button', { name: /^(Choose|Add) a folder…$/ }).click();
}

function card(page: Page, name: string) {
  return page.getByRole('article', { name });
}

test('a watched folder goes from empty to enhanced: each photo once, whatever it is called, also after a restart', async ({
  start,
  serve,
  work,
}) => {
  const service = await serve({ credits: 5 });
  const arriving = await photoFolder(work.dir, 'Card', 6);
  const photo = (n: number) => join(arriving, `IMG_000${n}.jpg`);
  const folder = join(work.dir, 'Tethered');
  mkdirSync(folder);
  const app = await start({ service });
  const { page } = app;
  await beginWithKey(app);
  await showWatchFolders(app);
  await expect(page.getByText('Let photos be enhanced as they arrive')).toBeVisible();
  await app.picture('watch/empty');
  await watchFolder(app, folder);
  const tethered = card(page, 'Tethered');
  await expect(tethered.getByText('Watching')).toBeVisible();
  await expect(tethered.getByText('No photos yet today')).toBeVisible();

  for (const n of [1, 2, 3]) cpSync(photo(n), join(folder, `IMG_000${n}.jpg`));
  await expect(tethered.getByText('3 enhanced')).toBeVisible();
  expect(service.stats()).toMatchObject({ submits: 3, completed: 3 });
  expect(readdirSync(join(folder, 'Enhanced'))).toHaveLength(3);
  await expect(tethered.getByText('0.12 credits spent')).toBeVisible();
  await app.picture('watch/three-enhanced');

  await tethered.getByRole('button', { name: 'Today’s batch of Tethered' }).click();
  await expect(page.getByText('All 3 photos are enhanced.')).toBeVisible();
  await app.picture('watch/batch-of-the-day');
  await showWatchFolders(app);

  const place = { x: 140, y: 90, width: 1_100, height: 760 };
  await app.electron.evaluate(({ BrowserWindow }, to) => BrowserWindow.getAllWindows()[0]?.setBounds(to), place);

  // A copy and a rename are known; a new photo beside them shows that they were looked at.
  cpSync(photo(1), join(folder, 'a copy.jpg'));
  renameSync(join(folder, 'IMG_0002.jpg'), join(folder, 'The kiss.jpg'));
  cpSync(photo(4), join(folder, 'IMG_0004.jpg'));
  await expect(tethered.getByText('4 enhanced')).toBeVisible();
  expect(service.stats()).toMatchObject({ submits: 4, completed: 4 });
  await app.quit();

  cpSync(photo(5), join(folder, 'IMG_0005.jpg'));
  const again = await start({ service });
  await expect(again.page.getByText(/nothing is sent, and your watch folder rests\./)).toBeVisible(); // no keyring here
  const bounds = () => again.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds());
  expect(await bounds()).toEqual(place); // the window is where it was
  await showWatchFolders(again);
  await again.picture('watch/no-key');
  await card(again.page, 'Tethered').getByRole('button', { name: 'Enter API key…' }).click();
  await pasteKey(again.page, KEY);
  await expect(card(again.page, 'Tethered').getByText('5 enhanced')).toBeVisible();
  expect(service.stats()).toMatchObject({ submits: 5, completed: 5 });
  expect(readdirSync(join(folder, 'Enhanced'))).toHaveLength(5);
});

test('photos that were there before, and too many at once, wait for a click that shows the price', async ({
  start,
  serve,
  work,
}) => {
  const service = await serve({ credits: 5, plain: true });
  const folder = await photoFolder(work.dir, 'Studio', 4);
  const arriving = await photoFolder(work.dir, 'Card', 9);
  const app = await start({ service });
  const { page } = app;
  await beginWithKey(app);
  await watchFolder(app, folder);
  const studio = card(page, 'Studio');
  await expect(studio.getByText('4 photos were already there.')).toBeVisible();

  const [row] = await app.call('watch.list', undefined);
  if (row === undefined) throw new Error('the folder is not in the list');
  await app.call('watch.change', { id: row.id, settings: { ...row.settings, stormLimit: 3 } });
  for (let n = 5; n <= 9; n += 1) cpSync(join(arriving, `IMG_000${n}.jpg`), join(folder, `IMG_000${n}.jpg`));
  await expect(studio.getByText('5 new photos came at once.')).toBeVisible();
  await expect(studio.getByText('About 0.20 credits.')).toBeVisible();
  await app.look({ theme: 'light', width: 900, height: 600 });
  await app.picture('watch/storm-light');
  await app.look({ theme: 'dark', width: 1280, height: 840 });
  await app.picture('watch/storm');
  expect(service.stats()).toMatchObject({ submits: 0 });
  const heading = studio.getByRole('heading', { name: 'Studio' });
  await studio.getByRole('button', { name: 'Enhance 5 photos' }).click();
  await expect(heading).toBeFocused();
  await expect(studio.getByText('5 enhanced')).toBeVisible();
  expect(service.stats()).toMatchObject({ submits: 5, completed: 5 });

  await studio.getByRole('button', { name: /^Enhance them/ }).click();
  const question = page.getByRole('alertdialog', { name: 'Enhance 4 photos of “Studio”?' });
  await expect(question.getByText('Up to about 0.16 credits: what was enhanced before costs nothing.')).toBeVisible();
  await expect(question.getByText('That leaves at least about 4.64 credits of your balance.')).toBeVisible(); // of what is left now
  await app.picture('watch/already-there');
  await question.getByRole('button', { name: 'Enhance 4 photos' }).click();
  await expect(heading).toBeFocused();
  await expect(studio.getByText('9 enhanced')).toBeVisible();
  expect(service.stats()).toMatchObject({ submits: 9, completed: 9 });

  await studio.getByRole('button', { name: 'More for Studio' }).click();
  await page.getByRole('menuitem', { name: 'Stop watching…' }).click();
  await page.getByRole('button', { name: 'Stop watching' }).click();
  await expect(page.getByRole('heading', { name: 'Watch folders', level: 1 })).toBeFocused();
});

test('a folder that goes away is waited for, and what came meanwhile is taken when it is back', async ({
  start,
  serve,
  work,
}) => {
  const service = await serve({ credits: 5, plain: true });
  const arriving = await photoFolder(work.dir, 'Card', 3);
  const folder = join(work.dir, 'Drive');
  mkdirSync(folder);
  const app = await start({ service });
  const { page } = app;
  await beginWithKey(app);
  await watchFolder(app, folder);
  const drive = card(page, 'Drive');
  await expect(drive.getByText('Watching')).toBeVisible();
  cpSync(join(arriving, 'IMG_0001.jpg'), join(folder, 'IMG_0001.jpg'));
  await expect(drive.getByText('1 enhanced')).toBeVisible();

  renameSync(folder, `${folder} away`);
  await expect(drive.getByText('Not reachable: tried again every few seconds')).toBeVisible();
  await app.picture('watch/unavailable');
  cpSync(join(arriving, 'IMG_0002.jpg'), join(`${folder} away`, 'IMG_0002.jpg'));
  renameSync(`${folder} away`, folder);
  await expect(drive.getByText('2 enhanced')).toBeVisible();
  expect(service.stats()).toMatchObject({ submits: 2, completed: 2 });

  await drive.getByRole('button', { name: 'Pause Drive' }).click();
  await expect(drive.getByText('Paused')).toBeVisible();
  cpSync(join(arriving, 'IMG_0003.jpg'), join(folder, 'IMG_0003.jpg'));
  await expect(drive.getByText('1 new photo waits until you resume.')).toBeVisible();
  expect(service.stats()).toMatchObject({ submits: 2 });
  await drive.getByRole('button', { name: 'Resume Drive' }).click();
  await expect(drive.getByText('3 enhanced')).toBeVisible();
  expect(service.stats()).toMatchObject({ submits: 3, completed: 3 });
});
