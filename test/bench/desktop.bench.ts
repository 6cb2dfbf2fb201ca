// What the window costs: how soon it is there, how smoothly it scrolls while a batch runs, what goes over the bridge, what
// stays in memory. In real Electron; without one there is nothing to measure, and that is said.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunningApp } from '../e2e/support/app.ts';
import { RunningApp as App, Workspace } from '../e2e/support/app.ts';
import giveDisplay from '../e2e/support/display.ts';
import { hasElectron } from '../e2e/support/electron.ts';
import { startService } from '../e2e/support/service.ts';
import { beginWithKey, tiles } from '../e2e/support/window.ts';
import type { Bench, Figure } from './bench.ts';
import { compare } from './compare.ts';
import { fillHistory, tinyPhotos } from './crowd.ts';
import { at, framesOf, middle } from './frames.ts';
import { measureStart, type Start } from './start.ts';

const HISTORY_JOBS = 100_000;
const TILES = 10_000;
const SCROLL_MS = 10_000;
/** Pixels a second of a hand that turns the wheel: on and on, and so that every photo is seen in passing. */
const PACES = { fast: 4_000, slow: 1_200 } as const;
/** As long at the service, with as many at a time, that it comes to what no account exceeds: 100 slots of 30 s each. */
const SERVICE = { latencyMs: { min: 4_500, max: 5_500 }, workers: 64 } as const;
const STARTS = 5;
const READY = 'lightbatch:ready'; // set by the page when batches and queue are shown
const PAINT = 'first-contentful-paint';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The middle one of some starts, in seconds, and what Electron itself takes here with a page of one word. */
async function start(): Promise<Figure[]> {
  using workspace = new Workspace();
  fillHistory(workspace.data, { jobs: HISTORY_JOBS, batches: 200 });
  const app = [ROOT, `--data=${workspace.data}`];
  const firstOfDay = await measureStart(app, [PAINT, READY]); // the daily backup is due, and the page not compiled yet
  const starts: Start[] = [];
  for (let n = 0; n < STARTS; n += 1) starts.push(await measureStart(app, [PAINT, READY]));
  const empty = await emptyApp(workspace.dir);
  const empties: Start[] = [];
  for (let n = 0; n < STARTS; n += 1) empties.push(await measureStart([empty], [PAINT]));
  const seconds = (all: readonly Start[], moment: string) =>
    middle(all.map(({ moments }) => (moments[moment] ?? Number.NaN) / 1_000));
  return [
    { figure: 'start to first paint, 100,000 jobs of history', value: seconds(starts, PAINT), unit: 's', must: 1.5 },
    { figure: 'start to interactive, 100,000 jobs of history', value: seconds(starts, READY), unit: 's', must: 1.5 },
    { figure: 'the very first start to interactive', value: seconds([firstOfDay], READY), unit: 's' },
    { figure: 'start of an Electron with an empty page to its first paint', value: seconds(empties, PAINT), unit: 's' },
    { figure: 'start to interactive, to that', value: seconds(starts, READY) / seconds(empties, PAINT) },
    {
      figure: 'before Electron, by the script that starts it here (not counted above)',
      value: middle(starts.map(({ launcherMs }) => launcherMs / 1_000)),
      unit: 's',
    },
  ];
}

/** An app of nothing but a page with one word. @returns its folder */
async function emptyApp(dir: string): Promise<string> {
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
  return app;
}

/** One running batch of ten thousand photos, scrolled from end to end meanwhile. */
async function crowd(): Promise<Figure[]> {
  using workspace = new Workspace();
  await mkdir(workspace.dir, { recursive: true });
  await using service = await startService(workspace.dir, {
    plain: true,
    ...SERVICE,
  });
  const folder = await tinyPhotos(join(workspace.dir, 'photos'), TILES);
  const app = await App.start({ data: workspace.data, service });
  await beginWithKey(app);
  await app.drop([folder]);
  await app.page.getByRole('button', { name: /^Enhance 10,000 photos/ }).click({ timeout: 120_000 });
  await tiles(app.page).first().waitFor();
  await countBytes(app);
  const lag = watchEventLoop(app);
  const frames = await turnWheel(app, PACES.fast);
  const bytes = await bytesCounted(app);
  const delays = await lag;
  const stroll = await turnWheel(app, PACES.slow);
  const flight = await dragBar(app);
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
    { figure: 'the same at 1,200 pixels a second, with its pictures, p95', value: at(stroll, 0.95), unit: 'ms' },
    { figure: 'the same while the bar is dragged from end to end in 5 s, p95', value: at(flight, 0.95), unit: 'ms' },
    { figure: 'the same, p95 to p95 of an empty page', value: at(frames, 0.95) / at(idle, 0.95) },
    { figure: 'over the bridge while it runs and scrolls', value: bytes / (SCROLL_MS / 1_000) / 1_024, unit: 'KiB/s' },
    { figure: 'event loop of the main process, p99 of delays', value: at(delays, 0.99), unit: 'ms', must: 20 },
    { figure: 'memory of the main process, 10,000 photos', value: megabytes('Browser'), unit: 'MiB' },
    { figure: 'memory of the window, 10,000 photos', value: megabytes('Tab'), unit: 'MiB' },
  ];
}

/**
 * Milliseconds between frames while the wheel is turned over the grid, by the way that the wheel's own events go: a script
 * that sets the place would force a layout of its own in each frame.
 */
async function turnWheel({ page }: RunningApp, pixelsASecond: number): Promise<number[]> {
  const session = await page.context().newCDPSession(page);
  const frames = framesOf(page, SCROLL_MS);
  await session.send('Input.synthesizeScrollGesture', {
    x: 700,
    y: 500,
    yDistance: (-pixelsASecond * SCROLL_MS) / 1_000,
    speed: pixelsASecond,
    gestureSourceType: 'mouse',
  });
  await session.detach();
  return await frames;
}

/** The same while the bar is dragged to the end and back. */
async function dragBar({ page }: RunningApp): Promise<number[]> {
  const frames = framesOf(page, SCROLL_MS);
  await page.evaluate(
    (span) =>
      new Promise<void>((resolve) => {
        const box = document.querySelector('[role="grid"]');
        if (!box) throw new Error('there is no grid');
        const height = box.scrollHeight - box.clientHeight;
        const began = performance.now();
        const step = (now: number) => {
          if (now - began >= span) {
            resolve();
            return;
          }
          const way = (2 * height * (now - began)) / span;
          box.scrollTop = way < height ? way : 2 * height - way;
          requestAnimationFrame(step);
        };
        requestAnimationFrame(step);
      }),
    SCROLL_MS,
  );
  return await frames;
}

/** The same with nothing to draw: what this machine's display gives. */
async function idleFrames({ electron }: RunningApp): Promise<number[]> {
  const opened = electron.waitForEvent('window');
  await electron.evaluate(({ BrowserWindow }) => {
    void new BrowserWindow({ width: 400, height: 300 }).loadURL('about:blank');
  });
  return await framesOf(await opened, 3_000);
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
  { name: 'desktop compare', run: () => inElectron(compare) },
];
