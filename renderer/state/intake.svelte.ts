// A batch that is about to be: what was given, how it is to be enhanced, and what the core says will come of it. The
// core is asked anew whenever something changes, and what it said before counts no more until it has answered.
import type { IntakePlan, IntakeProgress, Preset, StartedBatch } from '../../app/contract/values.ts';
import type { OutputSettings } from '../../app/domain/batch.ts';
import type { Failure } from '../../app/domain/failure.ts';
import { foldName } from '../../app/domain/naming.ts';
import type { Parameters } from '../../app/domain/parameters.ts';
import { CommandError, failureOf } from '../bridge.ts';
import { count } from '../lib/format.ts';
import { presetLike } from '../lib/presets.ts';
import type { AppStore } from './app.svelte.ts';

const SETTLE_MS = 250; // typing a number is one change

/** What a batch starts from where nothing else is said. */
interface Defaults {
  readonly parameters: Parameters;
  readonly output: OutputSettings;
  readonly recursive: boolean;
}

export class IntakeStore {
  readonly id: number;
  readonly #store: AppStore;

  parameters: Parameters = $state.raw() as Parameters;
  output: OutputSettings = $state.raw() as OutputSettings;
  recursive = $state(false);
  /** What the user calls it; until then the plan's name counts. */
  #ownName: string | null = $state(null);

  plan: IntakePlan | null = $state.raw(null);
  progress: IntakeProgress | null = $state.raw(null);
  /** Why there is no plan, or why the batch was not started; null when all is well. */
  trouble: Failure | null = $state.raw(null);
  /** Why the numbers are to be looked at once more before it is started; null when that is not so. */
  changed: string | null = $state(null);
  /** Whether the plan is older than the settings. */
  looking = $state(true);
  starting = $state(false);

  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #gone = false;
  #ends: (() => void)[] = [];

  constructor(store: AppStore, id: number, defaults: Defaults) {
    this.#store = store;
    this.id = id;
    this.parameters = defaults.parameters;
    this.output = defaults.output;
    this.recursive = defaults.recursive;
  }

  get name(): string {
    return this.#ownName ?? this.plan?.name ?? '';
  }

  set name(name: string) {
    this.#ownName = name;
    if (this.output.template.includes('{batch}')) this.change({}); // results are called after it: other ones may be there
  }

  /** Photos that will be sent, and paid for. */
  get sent(): number {
    return this.plan?.quote.photos ?? 0;
  }

  /** Why it cannot be started now; null when it can. */
  get reason(): string | null {
    if (this.starting) return 'It is being started.';
    if (this.#store.app?.service.kind === 'none') return 'Enter your API key first: no service is in use.';
    const { plan } = this;
    if (this.looking || plan === null) return this.trouble === null ? 'The photos are being looked at.' : '';
    if (this.name.trim() === '') return 'Give the batch a name.';
    if (this.sent > 0 || plan.joined > 0) return null;
    if (plan.photos === 0) return 'There is no photo to enhance.';
    if (this.keepingBothHelps)
      return 'Enhanced pictures of these names are there already. Choose “Keep both” or “Replace it” to make them again.';
    if (plan.existing > 0 && plan.doubtful > 0)
      return 'These photos are enhanced already, or wait for your decision in the history.';
    if (plan.existing > 0) return 'All of these photos are enhanced already, with these very settings.';
    return 'These photos wait for your decision in the history.';
  }

  /** Whether all that keeps photos from being sent is that pictures made with other settings have these names. */
  get keepingBothHelps(): boolean {
    const { plan } = this;
    if (this.looking || plan === null || this.sent > 0 || plan.joined > 0) return false;
    return plan.existing > plan.identical;
  }

  keepBoth(): void {
    this.change({ output: { ...this.output, onExists: 'number' } });
  }

  /** Begins to look at what was given; the answer ends it all, and gives it up unless it was started. */
  open(): () => void {
    this.#ends.push(
      this.#store.client.on('intake', (progress) => {
        if (progress.id === this.id) this.progress = progress;
      }),
    );
    void this.#look();
    return () => this.#close();
  }

  change(settings: Partial<Defaults>): void {
    this.changed = null;
    if (settings.parameters) this.parameters = settings.parameters;
    if (settings.output) this.output = settings.output;
    if (settings.recursive !== undefined) this.recursive = settings.recursive;
    this.looking = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), SETTLE_MS);
  }

  lookAgain(): void {
    this.changed = null;
    void this.#look();
  }

  async chooseOutput(): Promise<void> {
    const chosen = await this.#store.tell(() => this.#store.client.call('intake.chooseOutput', { id: this.id }));
    if (chosen) await this.#look();
  }

  async clearOutput(): Promise<void> {
    const cleared = await this.#store.tell(() => this.#store.client.call('intake.clearOutput', { id: this.id }));
    if (cleared !== undefined) await this.#look();
  }

  /** Makes the batch and shows it. What the numbers in sight do not speak of is never started. */
  async start(): Promise<void> {
    if (this.reason !== null || this.plan === null) return;
    this.starting = true;
    this.trouble = null;
    this.changed = null;
    try {
      const settings = { ...this.#settings(), name: this.name.trim(), agreed: this.plan.agreement };
      const started = await this.#store.client.call('intake.start', settings);
      this.#started(started);
    } catch (error) {
      if (this.#gone || !(error instanceof CommandError)) this.#store.toasts.fail(error);
      else if (error.failure.code === 'plan_changed') this.#showChange(error.failure);
      else this.trouble = error.failure;
    } finally {
      this.starting = false;
    }
  }

  /** The preset that the settings are at the moment; null when there is none. */
  get preset(): Preset | null {
    return presetLike(this.#store.app?.presets ?? [], this);
  }

  takePreset(name: string): void {
    const preset = this.presetOf(name);
    if (preset) this.change({ parameters: preset.parameters, output: preset.output });
  }

  /** A preset by its name, in whatever letters' case: saving under that name replaces it. */
  presetOf(name: string): Preset | undefined {
    return this.#store.app?.presets.find((preset) => foldName(preset.name) === foldName(name.trim()));
  }

  /** @returns whether it is saved */
  async savePreset(name: string): Promise<boolean> {
    return this.#keepPreset({ name: name.trim(), parameters: this.parameters, output: this.output });
  }

  async removePreset(preset: Preset): Promise<void> {
    const store = this.#store;
    const app = await store.tell(() => store.client.call('presets.remove', { name: preset.name }));
    if (!app) return;
    store.app = app;
    store.toasts.info(`The preset “${preset.name}” is removed.`, {
      label: 'Undo',
      run: () => void this.#keepPreset(preset),
    });
  }

  async #keepPreset(preset: Preset): Promise<boolean> {
    const app = await this.#store.tell(() => this.#store.client.call('presets.save', preset));
    if (app) this.#store.app = app;
    return app !== undefined;
  }

  #settings() {
    return { id: this.id, parameters: this.parameters, output: this.output, recursive: this.recursive };
  }

  /** Nothing was started: the new numbers are looked at first. */
  #showChange(why: Failure): void {
    this.changed = why.message;
    void this.#look();
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    this.#asked += 1;
    const asked = this.#asked;
    this.looking = true;
    this.trouble = null;
    this.progress = null;
    try {
      const name = this.#ownName?.trim() ?? '';
      const look = { ...this.#settings(), ...(name !== '' && { name }) };
      const plan = await this.#store.client.call('intake.plan', look);
      if (asked === this.#asked) this.plan = plan;
    } catch (error) {
      if (asked !== this.#asked || this.#gone) return;
      this.plan = null;
      this.trouble = failureOf(error);
    } finally {
      if (asked === this.#asked) this.looking = false;
    }
  }

  #started({ batchId, joined, joinedBatchId, doubtful }: StartedBatch): void {
    const { toasts } = this.#store;
    const isInSight = this.#store.intake === this.id;
    this.#gone = true; // started: nothing is left to be given up
    if (isInSight) this.#store.closeIntake();
    const shown = batchId ?? joinedBatchId;
    if (shown !== null && isInSight) this.#store.showBatch(shown);
    if (joined > 0) {
      const verb = joined === 1 ? 'goes' : 'go';
      toasts.info(`${count(joined, 'photo')} ${verb} on in an earlier batch, so that nothing is paid for twice.`);
    }
    if (doubtful > 0) {
      const them = doubtful === 1 ? 'It waits' : 'They wait';
      toasts.warn(
        `${count(doubtful, 'photo')} may have been charged already and ${doubtful === 1 ? 'was' : 'were'} not sent. ${them} for your decision.`,
        { label: 'Decide', run: () => this.#store.show({ kind: 'history', undecided: true }) },
      );
    }
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    for (const end of this.#ends.splice(0)) end();
    if (this.#gone || this.starting) return;
    this.#gone = true;
    // Whether it was there to be given up makes no difference to anyone.
    this.#store.client.call('intake.discard', { id: this.id }).catch(() => undefined);
  }
}
