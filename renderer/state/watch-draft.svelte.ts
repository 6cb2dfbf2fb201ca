// The settings of a watch folder while they are being changed: nothing of it counts before it is saved.
import type { Preset } from '../../app/contract/values.ts';
import type { OutputSettings } from '../../app/domain/batch.ts';
import type { Parameters } from '../../app/domain/parameters.ts';
import type { Hours, WatchSettings } from '../../app/domain/watch.ts';
import { STORM_LIMIT } from '../../app/domain/watch.ts';
import { patternsProblem, patternsText, readPatterns } from '../lib/patterns.ts';

const USUAL_HOURS: Hours = { from: 8 * 60, to: 18 * 60 };

export class WatchDraft {
  parameters: Parameters = $state.raw() as Parameters;
  output: OutputSettings = $state.raw() as OutputSettings;
  recursive = $state(false);
  hasHours = $state(false);
  /** Kept while they do not count, for when they do again. A field that was emptied is null. */
  from: number | null = $state(null);
  to: number | null = $state(null);
  photosADay: number | null = $state(null);
  creditsADay: number | null = $state(null);
  stormLimit = $state<number>(STORM_LIMIT.usual);
  settleMs: number | null = $state(null);
  polls = $state(false);
  readonly #begun: WatchSettings;
  /** As typed; null while untouched, so that patterns which no line can hold are kept as they are. */
  #include: string | null = $state(null);
  #exclude: string | null = $state(null);

  constructor(settings: WatchSettings) {
    this.#begun = settings;
    this.parameters = settings.parameters;
    this.output = settings.output;
    this.recursive = settings.recursive;
    this.hasHours = settings.hours !== null;
    const { from, to } = settings.hours ?? USUAL_HOURS;
    this.from = from;
    this.to = to;
    this.photosADay = settings.photosADay;
    this.creditsADay = settings.creditsADay;
    this.stormLimit = settings.stormLimit;
    this.settleMs = settings.settleMs;
    this.polls = settings.polling === 'always';
  }

  get include(): string {
    return this.#include ?? patternsText(this.#begun.include);
  }

  set include(text: string) {
    this.#include = text;
  }

  get exclude(): string {
    return this.#exclude ?? patternsText(this.#begun.exclude);
  }

  set exclude(text: string) {
    this.#exclude = text;
  }

  get includeProblem(): string | null {
    return this.#include === null ? null : patternsProblem(this.#include);
  }

  get excludeProblem(): string | null {
    return this.#exclude === null ? null : patternsProblem(this.#exclude);
  }

  /** What is wrong with the hours; null when nothing is, or when they do not count. */
  get hoursProblem(): string | null {
    if (!this.hasHours) return null;
    if (this.from === null || this.to === null) return 'Give both times, or let photos be sent at any time.';
    return this.from === this.to ? 'Give two different times.' : null;
  }

  /** Whether the hours last over midnight. */
  get overnight(): boolean {
    return this.from !== null && this.to !== null && this.from > this.to;
  }

  takePreset({ parameters, output }: Preset): void {
    this.parameters = parameters;
    this.output = output;
  }

  /** Null while something of it cannot be: its problems tell what. */
  get settings(): WatchSettings | null {
    if (this.includeProblem !== null || this.excludeProblem !== null || this.hoursProblem !== null) return null;
    const { from, to } = this;
    return {
      parameters: this.parameters,
      output: this.output,
      recursive: this.recursive,
      include: this.#include === null ? this.#begun.include : readPatterns(this.#include),
      exclude: this.#exclude === null ? this.#begun.exclude : readPatterns(this.#exclude),
      hours: this.hasHours && from !== null && to !== null ? { from, to } : null,
      photosADay: this.photosADay,
      creditsADay: this.creditsADay,
      stormLimit: this.stormLimit,
      settleMs: this.settleMs,
      polling: this.polls ? 'always' : 'auto',
    };
  }
}
