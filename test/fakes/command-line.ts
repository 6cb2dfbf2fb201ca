// The real command line as a child process, in a temp folder, against a practice service in this process. Everything is
// waited for by its output or its end, never by time.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import { main } from '../../app/cli/main.ts';
import { systemClock } from '../../app/lib/clock.ts';
import type { Fault, FaultPoint, PracticeOptions, PracticeService } from '../../app/practice/server.ts';
import { startPractice } from '../../app/practice/server.ts';

export const KEY = 'SG_0123456789abcdef';
const ENTRY = fileURLToPath(new URL('../../app/cli.ts', import.meta.url));
const QUICK = { queueMs: { min: 1, max: 5 }, latencyMs: { min: 10, max: 40 } };

/** A line of `--json`. */
export type Line = Readonly<Record<string, unknown>>;

export interface Ended {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
  /** Standard output as JSON lines; throws when one of them is not an object. */
  readonly json: Line[];
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The working folder; that of the rig if not given. */
  readonly cwd?: string;
  /** Called as text comes. */
  readonly onText?: (from: 'out' | 'err', text: string) => void;
  /** In a process group of its own, as a shell starts it; see `Running.interrupt`. */
  readonly asGroup?: boolean;
  /** On a terminal of 100 columns instead of pipes: all that it is sent is `out`. Needs `script` of util-linux. */
  readonly onTerminal?: boolean;
  /** As a job in the background of that terminal's shell, which tells its `pid` first. */
  readonly inBackground?: boolean;
  /** For standard output instead of a pipe. */
  readonly stdout?: number;
}

/** A command that was started. */
export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly #text = { out: '', err: '' };
  readonly #waiting = new Set<() => void>();
  #over = false;

  constructor(child: ChildProcess, onText: RunOptions['onText']) {
    this.child = child;
    for (const [from, stream] of [
      ['out', child.stdout],
      ['err', child.stderr],
    ] as const) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#text[from] += text;
        onText?.(from, text);
        this.#look();
      });
    }
    this.ended = new Promise((resolve) => {
      child.once('close', (status, signal) => {
        this.#over = true;
        this.#look();
        resolve(endedWith(status, signal, this.#text));
      });
    });
  }

  get out(): string {
    return this.#text.out;
  }

  get err(): string {
    return this.#text.err;
  }

  /** Resolves when the text of a stream fits; rejects when the command ends before. */
  async until(from: 'out' | 'err', fits: string | RegExp): Promise<void> {
    const isThere = () => (typeof fits === 'string' ? this.#text[from].includes(fits) : fits.test(this.#text[from]));
    if (!isThere()) {
      await new Promise<void>((resolve) => {
        const look = () => {
          if (!isThere() && !this.#over) return;
          this.#waiting.delete(look);
          resolve();
        };
        this.#waiting.add(look);
        look();
      });
    }
    if (!isThere()) throw new Error(`it ended without ${String(fits)}:\n${this.#text.out}\n${this.#text.err}`);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** What a terminal does at Ctrl-C: every process of the group gets the signal, the picture processes, too. */
  interrupt(): void {
    if (this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGINT');
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }
}

function endedWith(
  status: number | null,
  signal: NodeJS.Signals | null,
  { out, err }: { readonly out: string; readonly err: string },
): Ended {
  return {
    status,
    signal,
    out,
    err,
    get json() {
      return jsonLines(out);
    },
  };
}

/** Runs a command in this process, with this process's environment. */
export async function runHere(args: readonly string[]): Promise<Ended> {
  const text = { out: '', err: '' };
  const into = (name: 'out' | 'err') =>
    new Writable({
      write(chunk: Buffer, _, done) {
        text[name] += chunk.toString();
        done();
      },
    });
  const status = await main(args, { out: into('out'), err: into('err') });
  return endedWith(status, null, text);
}

function jsonLines(text: string): Line[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const value: unknown = JSON.parse(line);
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw new Error(`not an object: ${line}`);
      return value as Line;
    });
}

/** Where tests make things go wrong at the service; may be set at any time. */
export type FaultHook = (at: FaultPoint) => Fault | undefined;

/** A folder with photos, a data folder, a practice service and commands against it. */
export class Rig {
  readonly dir: string;
  readonly data: string;
  readonly photos: string;
  readonly service: PracticeService;
  /** Origin that commands are sent to; that of the service unless a test puts something between. */
  origin: string;
  fault: FaultHook | undefined;
  readonly #running = new Set<Running>();

  private constructor(dir: string, service: PracticeService) {
    this.dir = dir;
    this.data = join(dir, 'data');
    this.photos = join(dir, 'photos');
    this.service = service;
    this.origin = service.url;
    mkdirSync(this.photos);
  }

  /** It is taken down when the test is over. */
  static async open(options: Partial<PracticeOptions> = {}): Promise<Rig> {
    const dir = mkdtempSync(join(tmpdir(), 'lightbatch-cli-'));
    const hook: { rig?: Rig } = {};
    const service = await startPractice({
      clock: systemClock,
      stateDir: join(dir, 'service'),
      retouch: ({ source, target }) => copyFile(source, target),
      fault: (at) => hook.rig?.fault?.(at),
      ...QUICK,
      ...options,
    });
    const rig = new Rig(dir, service);
    hook.rig = rig;
    onTestFinished(() => rig.#close());
    return rig;
  }

  /** Makes photos in the folder `photos`, each with pixels of its own. */
  async addPhotos(count: number): Promise<string[]> {
    const paths: string[] = [];
    for (let n = 1; n <= count; n += 1) paths.push(await this.addPhoto(`photo-${String(n).padStart(3, '0')}.jpg`));
    return paths;
  }

  /** Makes a photo in the folder `photos` and answers its path. */
  async addPhoto(name: string): Promise<string> {
    const path = join(this.photos, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await smallPhoto(name));
    return path;
  }

  /** The options that lead a command to this rig's service and data. */
  get common(): string[] {
    return ['--data', this.data, '--api-url', this.origin, '--storage-url', this.origin];
  }

  /** `enhance photos` and what else is given, with `--json`. */
  enhance(...args: string[]): Promise<Ended> {
    return this.run(['enhance', this.photos, ...this.common, '--json', ...args]);
  }

  run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return this.start(args, options).ended;
  }

  start(args: readonly string[], options: RunOptions = {}): Running {
    const command = [process.execPath, ENTRY, ...args];
    const quoted = command.map((part) => `'${part.replaceAll("'", "'\\''")}'`).join(' ');
    const shell = options.inBackground ? `set -m; ${quoted} & echo "pid $!"; wait` : quoted;
    const [program = '', ...rest] = options.onTerminal
      ? ['script', '--quiet', '--return', '--flush', '--command', `stty cols 100 rows 30; ${shell}`, '/dev/null']
      : command;
    const child = spawn(program, rest, {
      cwd: options.cwd ?? this.dir,
      env: { ...bareEnvironment(this.dir), SEGMIND_API_KEY: KEY, ...options.env },
      stdio: [options.onTerminal ? 'pipe' : 'ignore', options.stdout ?? 'pipe', 'pipe'],
      detached: options.asGroup ?? false,
    });
    const running = new Running(child, options.onText);
    this.#running.add(running);
    void running.ended.then(() => this.#running.delete(running));
    return running;
  }

  /** Runs a command in this process: for those that need no key, and where a process of its own proves nothing. */
  here(...args: string[]): Promise<Ended> {
    return runHere([...args, '--data', this.data]);
  }

  /** Every job of the history, by `history --json`. */
  async history(...args: string[]): Promise<Line[]> {
    const ended = await this.here('history', '--json', ...args);
    if (ended.status !== 0) throw new Error(`history ended with ${ended.status}: ${ended.err}`);
    return ended.json;
  }

  /** What the service took: the parameters as it understood them, oldest first. */
  requests(): { parameters: Line; upload: { name: string } }[] {
    const folder = join(this.dir, 'service', 'requests');
    return filesBelow(folder)
      .map(
        (path) =>
          JSON.parse(readFileSync(path, 'utf8')) as { number: number; parameters: Line; upload: { name: string } },
      )
      .sort((a, b) => a.number - b.number);
  }

  /** How often each photo was accepted by the service, whatever its name. */
  accepted(): number[] {
    return Object.values(this.service.stats().acceptedByContent);
  }

  async #close(): Promise<void> {
    for (const running of this.#running) running.kill('SIGKILL');
    await Promise.all([...this.#running].map((running) => running.ended));
    await this.service.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** What a command needs of the environment: nothing of the one that runs the tests. */
export function bareEnvironment(home: string): Record<string, string> {
  // The cache halves what it costs to start a command; it is only a cache, so all tests share it.
  const cache = join(tmpdir(), 'lightbatch-compile-cache');
  return { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: tmpdir(), LANG: 'C.UTF-8', NODE_COMPILE_CACHE: cache };
}

/** A small JPEG that looks like no other one: its pixels follow from a text. */
export async function smallPhoto(mark: string): Promise<Buffer> {
  const size = { width: 24, height: 16 };
  const pixels = createHash('shake256', { outputLength: size.width * size.height * 3 })
    .update(mark)
    .digest();
  return await sharp(pixels, { raw: { ...size, channels: 3 } })
    .jpeg({ quality: 95 })
    .toBuffer();
}

/** Every file below a folder, sorted; none when it is not there. */
export function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** The one line of a type. */
export function lineOf(lines: readonly Line[], type: string): Line {
  const found = lines.filter((line) => line['type'] === type);
  const [line] = found;
  if (found.length !== 1 || !line) throw new Error(`${found.length} lines of ${type}: ${JSON.stringify(lines)}`);
  return line;
}

/** How many jobs are in each state. */
export function statesOf(lines: readonly Line[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of lines) counts[String(state)] = (counts[String(state)] ?? 0) + 1;
  return counts;
}
