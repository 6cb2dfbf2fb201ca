// A backend as the desktop app has it, in a temp folder: real history, real picture processes, a practice service of its
// own and one that stands in for Segmind. Only what is the desktop's (dialogs, keyring) is a double. Everything is waited
// for by what the backend tells, never by time.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { BackendOptions, Occasion } from '../../app/backend/backend.ts';
import { Backend } from '../../app/backend/backend.ts';
import type { KeyVault, Shell } from '../../app/backend/shell.ts';
import type { CommandName, Event, EventName, Events, Input, Output } from '../../app/contract.ts';
import type { AppState, IntakePlan, Opening } from '../../app/contract/values.ts';
import { DEFAULT_PREFERENCES } from '../../app/backend/preferences.ts';
import { FailureError, type Failure } from '../../app/domain/failure.ts';
import { History } from '../../app/history/history.ts';
import { systemClock } from '../../app/lib/clock.ts';
import { spawnNodeWorker } from '../../app/media/spawn-node.ts';
import type { Fault, FaultPoint, PracticeOptions, PracticeService } from '../../app/practice/server.ts';
import { startPractice } from '../../app/practice/server.ts';
import { smallPhoto } from '../fakes/command-line.ts';

export const KEY = 'SG_0123456789abcdef';
export const OTHER_KEY = 'SG_fedcba9876543210';
const QUICK = { queueMs: { min: 1, max: 5 }, latencyMs: { min: 10, max: 40 } };
const STUCK_MS = 90_000;

/** A keyring, or the lack of one. */
export class FakeVault implements KeyVault {
  kept: string | null = null;
  encrypts = true;
  /** Errors of the keyring, by what is asked of it. */
  broken: Partial<Record<'canKeep' | 'load' | 'keep' | 'forget', Error>> = {};

  canKeep(): Promise<boolean> {
    return this.#answer('canKeep', () => this.encrypts);
  }
  load(): Promise<string | null> {
    return this.#answer('load', () => this.kept);
  }
  keep(key: string): Promise<void> {
    return this.#answer('keep', () => void (this.kept = key));
  }
  forget(): Promise<void> {
    return this.#answer('forget', () => void (this.kept = null));
  }
  #answer<Value>(what: keyof typeof this.broken, answer: () => Value): Promise<Value> {
    const error = this.broken[what];
    return error ? Promise.reject(error) : Promise.resolve(answer());
  }
}

/** A desktop: what dialogs answer, and what was asked of it. */
export class FakeShell implements Shell {
  files: readonly string[] = [];
  folder: string | null = null;
  saveAs: string | null = null;
  readonly asked: string[] = [];

  readonly chooseFiles = () => Promise.resolve(this.files);
  readonly choosePhoto = (purpose: string, folder: string | null) => {
    this.asked.push(`choose ${purpose} from ${folder ?? 'anywhere'}`);
    return Promise.resolve(this.files[0] ?? null);
  };
  readonly chooseFolder = (purpose: string) => {
    this.asked.push(`choose ${purpose}`);
    return Promise.resolve(this.folder);
  };
  readonly chooseSaveFile = (name: string) => {
    this.asked.push(`save ${name}`);
    return Promise.resolve(this.saveAs);
  };
  readonly openPath = (path: string) => Promise.resolve(void this.asked.push(`open ${path}`));
  readonly reveal = (path: string) => void this.asked.push(`reveal ${path}`);
  readonly openUrl = (url: string) => Promise.resolve(void this.asked.push(`browse ${url}`));
  readonly copyText = (text: string) => void this.asked.push(`copy ${text}`);
  readonly setTheme = (theme: string) => void this.asked.push(`theme ${theme}`);
  readonly setStartAtLogin = (on: boolean) => void this.asked.push(`start at login ${String(on)}`);
  readonly quit = () => void this.asked.push('quit');
}

export interface RigOptions extends Partial<BackendOptions> {
  /** Knobs of the service that stands in for Segmind. */
  readonly segmind?: Partial<PracticeOptions>;
}

/** How a start is asked for. */
export interface Starting {
  readonly parameters?: Partial<AppState['preferences']['parameters']>;
  readonly output?: Partial<AppState['preferences']['output']>;
  readonly recursive?: boolean;
}

export class BackendRig {
  readonly dir: string;
  readonly data: string;
  readonly photos: string;
  readonly shell = new FakeShell();
  readonly vault = new FakeVault();
  /** Stands in for Segmind. */
  readonly segmind: PracticeService;
  fault: ((at: FaultPoint) => Fault | undefined) | undefined;
  backend: Backend;
  /** All that any backend of the rig told or answered. */
  readonly events: Event[] = [];
  readonly occasions: Occasion[] = [];
  readonly answers: unknown[] = [];
  readonly #options: RigOptions;
  readonly #backends = new Set<Backend>();
  readonly #checks = new Set<() => void>();
  #gate: PromiseWithResolvers<void> | null = null;

  private constructor(dir: string, segmind: PracticeService, options: RigOptions) {
    this.dir = dir;
    this.data = options.dataDir ?? join(dir, 'data');
    this.photos = join(dir, 'photos');
    this.segmind = segmind;
    this.#options = options;
    mkdirSync(this.photos);
    mkdirSync(join(dir, 'samples'));
    this.backend = this.renew();
  }

  /** It is taken down when the test is over; its backend is not open yet. */
  static async create(options: RigOptions = {}): Promise<BackendRig> {
    const dir = mkdtempSync(join(tmpdir(), 'lightbatch-backend-'));
    const later: { rig?: BackendRig } = {};
    const segmind = await startPractice({
      clock: systemClock,
      stateDir: join(dir, 'service'),
      retouch: async ({ source, target }) => {
        await later.rig?.working();
        await copyFile(source, target);
      },
      fault: (at) => {
        queueMicrotask(() => later.rig?.check());
        return later.rig?.fault?.(at);
      },
      credits: 5,
      ...QUICK,
      ...options.segmind,
    });
    const rig = new BackendRig(dir, segmind, options);
    later.rig = rig;
    onTestFinished(() => rig.#close());
    return rig;
  }

  /** With its backend open. */
  static async open(options: RigOptions = {}): Promise<BackendRig> {
    const rig = await BackendRig.create(options);
    const opening = await rig.backend.open();
    if (!opening.open) throw new Error(opening.message);
    return rig;
  }

  /** Open, with a key. */
  static async withKey(options: RigOptions = {}): Promise<BackendRig> {
    const rig = await BackendRig.open(options);
    await rig.call('service.setKey', { key: KEY });
    return rig;
  }

  /** A new backend on the same data folder, not open yet. */
  renew(changes: RigOptions = {}): Backend {
    const backend = new Backend({
      dataDir: this.data,
      version: '0.0.0-test',
      platform: process.platform,
      shell: this.shell,
      vault: this.vault,
      spawnMedia: () => spawnNodeWorker(),
      samplesDir: join(this.dir, 'samples'),
      apiUrl: this.segmind.url,
      storageUrl: this.segmind.storageUrl,
      ...this.#options,
      ...changes,
      practice: {
        ...QUICK,
        retouch: async ({ source, target }) => {
          await this.working();
          await copyFile(source, target);
        },
        ...this.#options.practice,
      },
    });
    backend.on((event) => {
      this.events.push(event);
      this.check();
    });
    backend.onOccasion((occasion) => {
      this.occasions.push(occasion);
      this.check();
    });
    backend.onStatus(() => this.check());
    this.#backends.add(backend);
    this.backend = backend;
    return backend;
  }

  /** Stops the backend and opens another on the same data folder. */
  async restart(changes: RigOptions = {}): Promise<Opening> {
    await this.backend.stop();
    return await this.renew(changes).open();
  }

  /** From now on neither service finishes a picture. */
  hold(): void {
    this.#gate ??= Promise.withResolvers();
  }

  letGo(): void {
    this.#gate?.resolve();
    this.#gate = null;
  }

  async working(): Promise<void> {
    await this.#gate?.promise;
  }

  async call<Name extends CommandName>(name: Name, input: Input<Name>): Promise<Output<Name>> {
    const handler = this.backend.handlers[name] as (input: Input<Name>) => Promise<Output<Name>>;
    try {
      const answer = await handler(input);
      this.answers.push(answer);
      return answer;
    } catch (error) {
      this.answers.push(error instanceof FailureError ? { ...error.failure, text: error.message } : String(error));
      throw error;
    }
  }

  /** The failure with which a command is answered. */
  async refused<Name extends CommandName>(name: Name, input: Input<Name>): Promise<Failure> {
    try {
      await this.call(name, input);
    } catch (error) {
      if (error instanceof FailureError) return error.failure;
      throw error;
    }
    throw new Error(`${name} was not refused`);
  }

  async state(): Promise<AppState> {
    const opening = await this.call('app.open', undefined);
    if (!opening.open) throw new Error(opening.message);
    return opening.app;
  }

  /** Values of an event, oldest first. */
  told<Name extends EventName>(name: Name): Events[Name][] {
    return this.events.flatMap((event) => (event.name === name ? [event.value as Events[Name]] : []));
  }

  addPhoto(name: string): Promise<string> {
    return smallPhoto(name).then((bytes) => this.addFile(name, bytes));
  }

  addFile(name: string, bytes: Uint8Array | string): string {
    const path = join(this.photos, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return path;
  }

  async addPhotos(count: number): Promise<string[]> {
    const names = Array.from({ length: count }, (_, n) => `photo-${String(n + 1).padStart(3, '0')}.jpg`);
    return await Promise.all(names.map((name) => this.addPhoto(name)));
  }

  settings(id: number, { parameters, output, recursive = true }: Starting = {}): Input<'intake.plan'> {
    const usual = DEFAULT_PREFERENCES;
    return {
      id,
      parameters: { ...usual.parameters, ...parameters },
      output: { ...usual.output, ...output },
      recursive,
    };
  }

  plan(id: number, starting: Starting = {}): Promise<IntakePlan> {
    return this.call('intake.plan', this.settings(id, starting));
  }

  /** Looks, then starts what was seen. */
  async start(id: number, starting: Starting = {}, name = 'A batch'): Promise<Output<'intake.start'>> {
    const plan = await this.call('intake.plan', { ...this.settings(id, starting), name });
    return await this.startPlanned(plan, starting, name);
  }

  /** Starts what was seen before. */
  startPlanned(plan: IntakePlan, starting: Starting = {}, name = 'A batch'): Promise<Output<'intake.start'>> {
    return this.call('intake.start', { ...this.settings(plan.id, starting), name, agreed: plan.agreement });
  }

  /** Starts a batch of all photos. @returns its number */
  async startBatch(starting: Starting = {}): Promise<number> {
    const { batchId } = await this.start(this.backend.intakeOf([this.photos]), starting);
    if (batchId === null) throw new Error('no batch was started');
    return batchId;
  }

  /** Resolves when it is so; looked at whenever a backend tells something or the service is asked something. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    const happened = Promise.withResolvers<void>();
    const check = () => {
      try {
        if (isSo()) happened.resolve();
      } catch (error) {
        happened.reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const timer = setTimeout(() => happened.reject(new Error(`never: ${what}`)), STUCK_MS);
    this.#checks.add(check);
    check();
    try {
      await happened.promise;
    } finally {
      clearTimeout(timer);
      this.#checks.delete(check);
    }
  }

  check(): void {
    for (const check of [...this.#checks]) check();
  }

  /** Resolves with the occasion of a batch's end; `nth` counts from 1. */
  async finished(batchId: number, nth = 1): Promise<Extract<Occasion, { kind: 'batch-finished' }>> {
    const all = () =>
      this.occasions.filter((occasion) => occasion.kind === 'batch-finished').filter((end) => end.batchId === batchId);
    await this.until(`batch ${batchId} finished ${nth} times`, () => all().length >= nth);
    const end = all()[nth - 1];
    if (!end) throw new Error('unreachable');
    return end;
  }

  /** Photos at the service now. */
  get atService(): number {
    return this.backend.status().queue?.atService ?? 0;
  }

  /** How often each photo was accepted by the stand-in of Segmind. */
  accepted(): number[] {
    return Object.values(this.segmind.stats().acceptedByContent);
  }

  /** Opens the history beside the backend, for what only it can tell. */
  visit<Value>(look: (history: History) => Value): Value {
    using history = History.visit({ dir: this.data, clock: systemClock });
    return look(history);
  }

  /** All bytes that the backends left on the disk, as text. */
  left(): string {
    return readdirSync(this.data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
      .join('\n');
  }

  async #close(): Promise<void> {
    this.letGo();
    await Promise.all([...this.#backends].map((backend) => backend.stop()));
    await this.segmind.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
