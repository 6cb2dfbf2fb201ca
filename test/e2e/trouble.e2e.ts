// What goes wrong around the app: a history that another process holds, a service that is away, a second start.
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { History } from '../../app/history/history.ts';
import { systemClock } from '../../app/lib/clock.ts';
import { startAgain } from './support/app.ts';
import { photoFolder, startService } from './support/service.ts';
import { expect, test } from './support/test.ts';
import { beginWithKey, slotsFilled, startBatch } from './support/window.ts';

test('a history that another process holds is told, and opens once it is free', async ({ start, work }) => {
  const held = History.own({ dir: work.data, clock: systemClock, program: 'the command line' });
  const app = await start();
  const { page } = app;
  await expect(page.getByRole('heading', { name: 'The history cannot be opened' })).toBeVisible();
  await app.picture('history-held');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  held[Symbol.dispose]();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: 'Enhance whole folders of photos' })).toBeVisible();
});

test('a service that goes away in the middle is waited for, and no photo fails for it', async ({ start, work }) => {
  const service = await startService(work.dir, { plain: true });
  service.hold(); // all slots are filled, so no submit is in the air when the service goes
  const app = await start({ service });
  const { page } = app;
  await beginWithKey(app);
  await startBatch(app, await photoFolder(work.dir, 'Coast', 12), 12);
  await slotsFilled(app, 8, 4);
  await service[Symbol.asyncDispose]();
  await expect(page.getByText('The service cannot be reached.')).toBeVisible();
  await app.picture('offline');
  await using back = await startService(work.dir, { plain: true, port: Number(new URL(service.url).port) });
  await page.getByRole('button', { name: 'Try now' }).click();
  await expect(page.getByText('All 12 photos are enhanced')).toBeVisible();
  await expect(page.getByText('The service cannot be reached.')).toBeHidden();
  expect(Object.values(back.stats().acceptedByContent)).toEqual(Array.from({ length: 12 }, () => 1));
});

test('a second start hands its files to the first, and ends; files that come one by one are one batch', async ({
  start,
  work,
}) => {
  const app = await start();
  const { page } = app;
  await page.getByRole('button', { name: 'Try it without a key' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  const folder = await photoFolder(work.dir, 'Handed over', 3);
  const copies = await copiesOf(join(folder, 'IMG_0001.jpg'), join(work.dir, 'Selected photos of a wedding'), MANY);
  expect(await startAgain({ data: work.data, files: [folder, ...copies] })).toBe(0);
  const sheet = page.getByRole('dialog', { name: 'New batch' });
  await expect(sheet.getByText(`${3 + MANY} photos found`)).toBeVisible();
  await app.picture('second-instance');
  expect(await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  await sheet.getByRole('button', { name: 'Cancel' }).click();
  await expect(sheet).toBeHidden();
  await app.electron.evaluate(
    ({ app: main }, paths) => {
      for (const path of paths) main.emit('open-file', { preventDefault: () => undefined }, path);
    },
    copies.slice(0, 100),
  );
  await expect(sheet.getByText('100 photos found')).toBeVisible();
});

/** As many photos as an old Electron carries on a command line, which is the one that stands in where there is no other. */
const MANY = 300;

async function copiesOf(photo: string, dir: string, copies: number): Promise<readonly string[]> {
  await mkdir(dir);
  const paths = Array.from({ length: copies }, (_, n) => join(dir, `DSC_${String(n).padStart(5, '0')}.jpg`));
  for (const path of paths) await copyFile(photo, path);
  return paths;
}
