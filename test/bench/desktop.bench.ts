// What the window costs: how soon it is there, how smoothly it scrolls while a batch runs, what goes over the bridge, what
// stays in memory. In real Electron; without one there is nothing to measure, and that is said.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ElectronApplication, Page } from '@playwright/test';
import { _electron as electron } from '@playwright/test';
import type { RunningApp } from '../e2e/support/app.ts';
import { environment, RunningApp as App, Workspace } from '../e2e/support/app.ts';
import giveDisplay from '../e2e/support/display.ts';
import { hasElectron } from '../e2e/support/electron.ts';
import { startService } from '../e2e/support/service.ts';
import { beginWithKey, tiles } from '../e2e/support/window.ts';
import type { Bench, Figure } from './bench.ts';
import { fillHistory, tinyPhotos } from './crowd.ts';

const HISTORY_JOBS = 100_000;
const TILES = 10_000;
const SCROLL_MS = 10_000;
/** Pixels a second: a hand that keeps turning the wheel, and one that drags the bar from end to end in five seconds. */
const PACES = { wheel: 4_000, bar: null } as const;
const STARTS = 5;
const READY = 'lightbatch:ready'; // set by the page when batches and queue are shown

/** Milliseconds from the start of the process to a moment of the page, the middle one of some starts. */
async function start(): Promise<Figure[]> {
  using workspace = new Workspace();
  fillHistory(workspace.data, { jobs: HISTORY_JOBS, batches: 200 });
  const paints: number[] = [];
  const usable: number[] = [];
  for (let n = 0; n < STARTS; n += 1) {
    const app = await App.start({ data: workspace.data });
    await painted(app.page, ['first-contentful-paint', READY]);
    paints.push(await sinceCreation(app.electron, app.page, 'first-contentful-paint'));
    usable.push(await sinceCreation(app.electron, app.page, READY));
    await app.quit();
  }
  const empty = middle(await emptyStarts(workspace.dir));
  return [
    { figure: 'start of an Electron with an empty page to its first paint', value: empty / 1_000, unit: 's' },
    { figure: 'start to interactive, to that', value: middle(usable) / empty },
    { figure: 'start to first paint, 100,000 jobs of history', value: middle(paints) / 1_000, unit: 's', must: 1.5 },
    { figure: 'start to interactive, 100,000 jobs of history', value: middle(usable) / 1_000, unit: 's', must: 1.5 },
  ];
}

/** What Electron itself takes here: milliseconds to the first paint of a page with one word. */
async function emptyStarts(dir: string): Promise<number[]> {
  const app = join(dir, 'empty');
  await mkdir(join(app, 'out', 'main'), { recursive: true });
  await writeFile(
    join(app, 'package.json'),
    JSON.stringify({ name: 'empty', type: 'module', main: 'out/main/index.js' }),
  );
  await writeFile(
    join(app, 'out', 'main', 'index.js'),
    `import { app, BrowserWindow } from 'electron';
     app.whenReady().then(() => new BrowserWindow({ width: 1280, height: 840 }).loadURL('data:text/html,<p>Hello'));`,
  );
  const paints: number[] = [];
  for (let n = 0; n < STARTS; n += 1) {
    const started = await electron.launch({ args: [app], env: environment() });
    const page = await started.firstWindow();
    await painted(page, ['first-contentful-paint']);
    paints.push(await sinceCreation(started, page, 'first-contentful-paint'));
    await started.close();
  }
  return paints;
}

/** Milliseconds from the making of the process to a moment of its page. */
async function sinceCreation(app: ElectronApplication, page: Page, moment: string): Promise<number> {
  const created = await app.evaluate(() => process.getCreationTime() ?? Number.NaN);
  const at = await page.evaluate(
    (name) => performance.timeOrigin + (performance.getEntriesByName(name)[0]?.startTime ?? Number.NaN),
    moment,
  );
  return at - created;
}

/** Until the page shows what there is. */
async function painted(page: Page, moments: readonly string[]): Promise<void> {
  await page.evaluate(
    (names) =>
      new Promise<void>((resolve) => {
        const due = new Set(names);
        const observer = new PerformanceObserver((list) => {
          for (const { name } of list.getEntries()) due.delete(name);
          if (due.size === 0) resolve();
        });
        for (const type of ['mark', 'paint']) observer.observe({ type, buffered: true });
      }),
    moments,
  );
}

/** One running batch of ten thousand photos, scrolled from end to end meanwhile. */
async function crowd(): Promise<Figure[]> {
  using workspace = new Workspace();
  await mkdir(workspace.dir, { recursive: true });
  await using service = await startService(workspace.dir, {
    plain: true,
    latencyMs: { min: 400, max: 800 },
    workers: 64,
  });
  const folder = await tinyPhotos(join(workspace.dir, 'photos'), TILES);
  const app = await App.start({ data: workspace.data, service });
  await beginWithKey(app);
  await app.drop([folder]);
  await app.page.getByRole('button', { name: /^Enhance 10,000 photos/ }).click({ timeout: 120_000 });
  await tiles(app.page).first().waitFor();
  await countBytes(app);
  const lag = watchEventLoop(app);
  const frames = await scroll(app, PACES.wheel);
  const bytes = await bytesCounted(app);
  const delays = await lag;
  const flight = await scroll(app, PACES.bar);
  const memory = await app.electron.evaluate(({ app: electron }) =>
    electron.getAppMetrics().map(({ type, memory: { workingSetSize } }) => ({ type, kilobytes: workingSetSize })),
  );
  const megabytes = (type: string) =>
    Math.max(0, ...memory.filter((one) => one.type === type).map(({ kilobytes }) => kilobytes / 1_024));
  const idle = await idleFrames(app);
  await app.kill();
  return [
    {
      figure: 'frame while scrolling 10,000 tiles of a running batch, p95',
      value: at(frames, 0.95),
      unit: 'ms',
      must: 17,
    },
    { figure: 'the same, p50', value: at(frames, 0.5), unit: 'ms' },
    { figure: 'the same while the bar is dragged from end to end in 5 s, p95', value: at(flight, 0.95), unit: 'ms' },
    { figure: 'the same, p95 to p95 of an empty page', value: at(frames, 0.95) / at(idle, 0.95) },
    { figure: 'over the bridge while it runs and scrolls', value: bytes / (SCROLL_MS / 1_000) / 1_024, unit: 'KiB/s' },
    { figure: 'event loop of the main process, p99 of delays', value: at(delays, 0.99), unit: 'ms', must: 20 },
    { figure: 'memory of the main process, 10,000 photos', value: megabytes('Browser'), unit: 'MiB' },
    { figure: 'memory of the window, 10,000 photos', value: megabytes('Tab'), unit: 'MiB' },
  ];
}

/**
 * Milliseconds between frames while the grid is scrolled.
 * @param pace pixels a second; null for as many as take it to its end and back
 */
function scroll({ page }: RunningApp, pace: number | null): Promise<number[]> {
  return page.evaluate(
    async ({ span, pixels }) => {
      const box = document.querySelector('[role="grid"]');
      if (!box) throw new Error('there is no grid');
      const frames: number[] = [];
      const height = box.scrollHeight - box.clientHeight;
      const speed = pixels ?? (2 * height * 1_000) / span;
      const began = performance.now();
      let last = began;
      await new Promise<void>((resolve) => {
        const step = (now: number) => {
          frames.push(now - last);
          last = now;
          if (now - began >= span) {
            resolve();
            return;
          }
          const way = ((now - began) / 1_000) * speed;
          box.scrollTop = way < height ? way : 2 * height - way;
          requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      });
      return frames.slice(1);
    },
    { span: SCROLL_MS, pixels: pace },
  );
}

/** The same with nothing to draw: what this machine's display gives. */
async function idleFrames({ electron }: RunningApp): Promise<number[]> {
  const opened = electron.waitForEvent('window');
  await electron.evaluate(({ BrowserWindow }) => {
    void new BrowserWindow({ width: 400, height: 300 }).loadURL('about:blank');
  });
  const blank = await opened;
  return blank.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const frames: number[] = [];
        let last = performance.now();
        const step = (now: number) => {
          frames.push(now - last);
          last = now;
          if (frames.length > 200) resolve(frames.slice(1));
          else requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      }),
  );
}

/** Counts what the main process sends to the page from now on, in bytes of JSON. */
async function countBytes({ electron }: RunningApp): Promise<void> {
  await electron.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents;
    if (!contents) throw new Error('there is no window');
    const counted = { bytes: 0 };
    Object.assign(globalThis, { counted });
    const send = contents.send.bind(contents);
    contents.send = (channel: string, ...args: unknown[]) => {
      counted.bytes += JSON.stringify(args).length;
      send(channel, ...args);
    };
  });
}

function bytesCounted({ electron }: RunningApp): Promise<number> {
  return electron.evaluate(() => (globalThis as unknown as { counted: { bytes: number } }).counted.bytes);
}

/** How late timers of the main process are, milliseconds, for as long as the scrolling takes. */
function watchEventLoop({ electron }: RunningApp): Promise<number[]> {
  return electron.evaluate(
    (_, span) =>
      new Promise<number[]>((resolve) => {
        const delays: number[] = [];
        const began = performance.now();
        let last = began;
        const timer = setInterval(() => {
          const now = performance.now();
          delays.push(Math.max(0, now - last - 10));
          last = now;
          if (now - began < span) return;
          clearInterval(timer);
          resolve(delays);
        }, 10);
      }),
    SCROLL_MS,
  );
}

function middle(values: readonly number[]): number {
  return at(values, 0.5);
}

function at(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function inElectron(take: () => Promise<Figure[]>): Promise<Figure[]> {
  if (!hasElectron()) {
    console.error('The figures of the window are left out: there is no Electron here.');
    return [];
  }
  const endDisplay = await giveDisplay();
  try {
    return await take();
  } finally {
    await endDisplay?.();
  }
}

export const desktopBenches: readonly Bench[] = [
  { name: 'desktop start', run: () => inElectron(start) },
  { name: 'desktop crowd', run: () => inElectron(crowd) },
];
