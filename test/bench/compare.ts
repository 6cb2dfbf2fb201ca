// How smoothly two pictures of 24 megapixels are moved and zoomed in the comparison.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from '@playwright/test';
import sharp from 'sharp';
import type { RunningApp } from '../e2e/support/app.ts';
import { RunningApp as App, Workspace } from '../e2e/support/app.ts';
import { startService } from '../e2e/support/service.ts';
import { beginWithKey, tiles } from '../e2e/support/window.ts';
import type { Figure } from './bench.ts';
import { at, framesOf } from './frames.ts';

const MOVE_MS = 5_000;
const SIZE = { width: 6_000, height: 4_000 } as const;

export async function compare(): Promise<Figure[]> {
  using workspace = new Workspace();
  await mkdir(workspace.dir, { recursive: true });
  await using service = await startService(workspace.dir, { plain: true });
  const folder = join(workspace.dir, 'photos');
  await mkdir(folder);
  await photo(join(folder, 'IMG_0001.jpg'));
  const app = await App.start({ data: workspace.data, service });
  await beginWithKey(app);
  await app.drop([folder]);
  await app.page.getByRole('button', { name: /^Enhance 1 photo/ }).click();
  await tiles(app.page).getByText('Enhanced').waitFor({ timeout: 120_000 });
  await tiles(app.page).first().dblclick();
  const dialog = app.page.getByRole('dialog');
  const opened = performance.now();
  await shown(dialog);
  const openMs = performance.now() - opened;
  await app.page.keyboard.press('1');
  await shown(dialog);
  const panned = await drag(app, dialog);
  const zoomed = await wheel(app, dialog);
  await app.kill();
  return [
    { figure: 'comparison of two pictures of 24 MP, until both are there', value: openMs / 1_000, unit: 's' },
    { figure: 'frame while they are moved at actual size, p95', value: at(panned, 0.95), unit: 'ms' },
    { figure: 'the same, p50', value: at(panned, 0.5), unit: 'ms' },
    { figure: 'frame while the wheel zooms them, p95', value: at(zoomed, 0.95), unit: 'ms' },
    { figure: 'the same, p50', value: at(zoomed, 0.5), unit: 'ms' },
  ];
}

/** As much detail as a photo has: noise of some pixels' size. */
async function photo(path: string): Promise<void> {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  const small = { width: SIZE.width / 4, height: SIZE.height / 4, channels: 3, background: '#808080', noise } as const;
  const raw = await sharp({ create: small }).png().toBuffer();
  await sharp(raw).resize(SIZE.width, SIZE.height).jpeg({ quality: 92 }).toFile(path);
}

/** Resolves when all pictures of the comparison are decoded. */
async function shown(dialog: Locator): Promise<void> {
  await dialog.locator('img').first().waitFor();
  await dialog
    .locator('img')
    .evaluateAll((images) => Promise.all(images.map((image) => (image as HTMLImageElement).decode())));
}

/** Milliseconds between frames while the pictures are dragged in circles. */
async function drag({ page }: RunningApp, dialog: Locator): Promise<number[]> {
  const box = await dialog.getByRole('group', { name: /^Before and after of/ }).boundingBox();
  if (!box) throw new Error('the comparison is not in sight');
  const [x, y] = [box.x + box.width * 0.75, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  const frames = framesOf(page, MOVE_MS);
  const began = performance.now();
  for (let now = began; now - began < MOVE_MS; now = performance.now()) {
    const turn = ((now - began) / 1_500) * 2 * Math.PI;
    await page.mouse.move(x + 150 * Math.cos(turn), y + 150 * Math.sin(turn));
  }
  await page.mouse.up();
  return await frames;
}

/** The same while the wheel zooms in and out. */
async function wheel({ page }: RunningApp, dialog: Locator): Promise<number[]> {
  const box = await dialog.getByRole('group', { name: /^Before and after of/ }).boundingBox();
  if (!box) throw new Error('the comparison is not in sight');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const frames = framesOf(page, MOVE_MS);
  const began = performance.now();
  for (let now = began; now - began < MOVE_MS; now = performance.now()) {
    await page.mouse.wheel(0, (now - began) % 2_000 < 1_000 ? -40 : 40);
  }
  return await frames;
}
