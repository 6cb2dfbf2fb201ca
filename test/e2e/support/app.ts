// The app, started for a test with a data folder of its own, and what a hand at the machine would do to it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ElectronApplication, Page } from '@playwright/test';
import { _electron as electron } from '@playwright/test';
import type { Answer, Bridge, CommandName, Input, Output } from '../../../app/contract.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PICTURES = join(ROOT, 'out', 'e2e', 'pictures');

export interface StartOptions {
  /** The data folder; that of an earlier start to go on with it. */
  readonly data: string;
  /** The origins of the service; the embedded practice service needs none. */
  readonly service?: { readonly url: string; readonly storageUrl: string };
  /** Photos and folders on the command line. */
  readonly files?: readonly string[];
  readonly switches?: readonly string[];
}

export interface Look {
  readonly theme: 'dark' | 'light';
  /** CSS pixels of the window at a zoom of 1. */
  readonly width: number;
  readonly height: number;
  readonly zoom?: number;
  /** From right to left. */
  readonly rtl?: boolean;
}

/** A running app with its window. */
export class RunningApp {
  readonly electron: ElectronApplication;
  readonly page: Page;
  /** What the page wrote to its console as warnings and errors, and what it threw. */
  readonly complaints: string[] = [];

  readonly #process: ChildProcess;
  #ends = false;

  private constructor(app: ElectronApplication, page: Page) {
    this.electron = app;
    this.#process = app.process();
    this.page = page;
    page.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return;
      if (this.#ends && message.text().includes('status of 404')) return; // a picture that was asked for too late
      this.complaints.push(`${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  static async start(options: StartOptions): Promise<RunningApp> {
    const how = { args: argumentsOf(options), cwd: ROOT, env: environment(), colorScheme: null }; // the app's own theme
    const app = await electron.launch(how);
    const page = await app.firstWindow();
    await page.waitForFunction(() => document.querySelector('main') !== null); // the history is open, or told why not
    return new RunningApp(app, page);
  }

  /** A command of the contract, given as the page does: for what a test needs to be so and does not look at. */
  async call<Name extends CommandName>(name: Name, input: Input<Name>): Promise<Output<Name>> {
    const answer = await this.ask(name, input);
    if (!answer.ok) throw new Error(`${name}: ${answer.failure.message} ${answer.failure.detail ?? ''}`);
    return answer.value as Output<Name>;
  }

  /** Whatever a page may ask, and how it is answered. */
  async ask(name: string, input: unknown): Promise<Answer<unknown>> {
    return await this.page.evaluate(
      (given) => (window as unknown as { lightbatch: Bridge }).lightbatch.call(given.name, given.input),
      { name, input },
    );
  }

  /** Takes out the complaints that a test provokes. @returns how many they are */
  excuse(pattern: RegExp): number {
    const others = this.complaints.filter((text) => !pattern.test(text));
    const excused = this.complaints.length - others.length;
    this.complaints.splice(0, Infinity, ...others);
    return excused;
  }

  /** The size of what is inside the window, CSS pixels. */
  async resize(width: number, height: number): Promise<void> {
    await this.electron.evaluate(
      ({ BrowserWindow }, size) => {
        const [window] = BrowserWindow.getAllWindows();
        window?.unmaximize();
        window?.setContentSize(size.width, size.height);
      },
      { width, height },
    );
    await this.page.waitForFunction((size) => window.innerWidth === size.width && window.innerHeight === size.height, {
      width,
      height,
    });
  }

  async theme(theme: 'dark' | 'light'): Promise<void> {
    await this.electron.evaluate(({ nativeTheme }, source) => (nativeTheme.themeSource = source), theme);
    await this.page.waitForFunction((name) => matchMedia(`(prefers-color-scheme: ${name})`).matches, theme);
  }

  /** How large the contents are drawn; 1 is as they are made. */
  async zoom(factor: number): Promise<void> {
    await this.electron.evaluate(({ BrowserWindow }, to) => {
      BrowserWindow.getAllWindows()[0]?.webContents.setZoomFactor(to);
    }, factor);
    await this.page.waitForFunction((to) => Math.abs(window.devicePixelRatio - to) < 0.01, factor);
    await this.#drawn();
  }

  /** Resolves when what is so now is on the screen. */
  async #drawn(): Promise<void> {
    await this.page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
  }

  /** A theme, a size and the rest in one. */
  async look({ theme, width, height, zoom = 1, rtl = false }: Look): Promise<void> {
    await this.zoom(1);
    await this.theme(theme);
    await this.resize(width, height);
    if (zoom !== 1) await this.zoom(zoom);
    await this.page.evaluate((dir) => (document.documentElement.dir = dir), rtl ? 'rtl' : 'ltr');
  }

  /** Drops files and folders on the window, as the system does. */
  drop(paths: readonly string[]): Promise<void> {
    return this.#drag(paths, ['dragEnter', 'dragOver', 'drop']);
  }

  /** Holds files and folders over the window. */
  drag(paths: readonly string[]): Promise<void> {
    return this.#drag(paths, ['dragEnter', 'dragOver']);
  }

  async #drag(paths: readonly string[], types: readonly ('dragEnter' | 'dragOver' | 'drop')[]): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    const at = { x: 500, y: 300, modifiers: 0 };
    const data = { items: [], files: [...paths], dragOperationsMask: 1 };
    for (const type of types) await session.send('Input.dispatchDragEvent', { type, ...at, data });
    await session.detach();
  }

  /** What the next open dialog answers. */
  async choosing(paths: readonly string[]): Promise<void> {
    await this.electron.evaluate(({ dialog }, filePaths) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: filePaths.length === 0, filePaths: [...filePaths] });
    }, paths);
  }

  /** What the next save dialog answers. */
  async savingAs(filePath: string): Promise<void> {
    await this.electron.evaluate(({ dialog }, path) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: path });
    }, filePath);
  }

  /** What message boxes answer, by the number of the button, and what they asked. */
  async answering(button: number): Promise<() => Promise<readonly string[]>> {
    await this.electron.evaluate(({ dialog }, response) => {
      const asked: string[] = [];
      Object.assign(globalThis, { askedInTests: asked });
      dialog.showMessageBox = (...given: unknown[]) => {
        const options = given.at(-1) as { message?: string; detail?: string };
        asked.push(`${options.message ?? ''} ${options.detail ?? ''}`);
        return Promise.resolve({ response, checkboxChecked: false });
      };
    }, button);
    return () => this.electron.evaluate(() => (globalThis as { askedInTests?: string[] }).askedInTests ?? []);
  }

  /** A picture for the eye, in out/e2e/pictures/; `name` may begin with a folder. */
  async picture(name: string): Promise<void> {
    const path = join(PICTURES, `${name}.png`);
    await mkdir(dirname(path), { recursive: true });
    await this.page.evaluate(() => document.fonts.ready);
    if ((await this.page.evaluate(() => window.devicePixelRatio)) === 1) {
      await this.page.screenshot({ path, animations: 'disabled' });
      return;
    }
    // Of magnified contents Playwright takes a part only.
    const png = await this.electron.evaluate(async ({ BrowserWindow }) => {
      const picture = await BrowserWindow.getAllWindows()[0]?.webContents.capturePage();
      return picture?.toPNG().toString('base64') ?? '';
    });
    await writeFile(path, Buffer.from(png, 'base64'));
  }

  /** Quits as the user does; dialogs are the test's. */
  async quit(): Promise<void> {
    const closed = this.electron.waitForEvent('close');
    this.#ends = true;
    await this.electron.evaluate(({ app }) => app.quit()).catch(() => undefined); // it may be gone before it answers
    await closed;
  }

  /** As a power cut does: nothing is said, nothing is finished. Resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  /** The processes that the app is made of: its own, and those that help it. */
  async processes(): Promise<readonly number[]> {
    return await this.electron.evaluate(({ app }) => app.getAppMetrics().map(({ pid }) => pid));
  }
}

export function argumentsOf({ data, service, files = [], switches = [] }: StartOptions): string[] {
  const origins = service ? [`--api-url=${service.url}`, `--storage-url=${service.storageUrl}`] : [];
  return ['.', `--data=${data}`, ...origins, ...switches, ...files];
}

/** The environment without what would change how the app behaves. */
export function environment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(LIGHTBATCH_|SEGMIND_|NODE_OPTIONS$)/.test(name));
  return Object.fromEntries(kept.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** A folder that is gone after the test. */
export class Workspace implements Disposable {
  readonly dir = mkdtempSync(join(tmpdir(), 'lightbatch-e2e-'));
  readonly data = join(this.dir, 'data');

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Starts the app beside one that runs. @returns the code it ends with */
export async function startAgain(options: StartOptions): Promise<number | null> {
  const program = createRequire(import.meta.url)('electron') as unknown as string;
  const second = spawn(program, argumentsOf(options), { cwd: ROOT, env: environment(), stdio: 'ignore' });
  const [code] = (await once(second, 'exit')) as [number | null];
  return code;
}
