// What the user set, kept with the history: preferences, presets, the output folder, which service was last in use. Each
// value is checked when it is read, field by field, so that one that is damaged or of an older version costs only itself.
import * as inputs from '../contract/inputs.ts';
import type { Notice, Preferences as Values, Preset, ServiceKind } from '../contract/values.ts';
import type { OutputSettings } from '../domain/batch.ts';
import { failure, FailureError } from '../domain/failure.ts';
import { DEFAULT_TEMPLATE, foldName } from '../domain/naming.ts';
import { DEFAULT_PARAMETERS } from '../domain/parameters.ts';
import type { Settings } from '../history/settings.ts';
import type { Log } from '../lib/log.ts';

const DEFAULT_OUTPUT: OutputSettings = { onExists: 'skip', template: DEFAULT_TEMPLATE, maxUploadMegapixels: 16 };

export const DEFAULT_PREFERENCES: Values = {
  concurrency: 8,
  requestsPerMinute: 50, // of Segmind's paid plan; the free one allows 5
  parameters: DEFAULT_PARAMETERS,
  output: DEFAULT_OUTPUT,
  recursive: true,
  notifications: true,
  startAtLogin: false,
  keepInTray: false,
  theme: 'system',
  tileSize: 208,
};

const MOST_PRESETS = 100;
const KEY = {
  preferences: 'desktop.preferences',
  presets: 'desktop.presets',
  outputFolder: 'desktop.output-folder',
  service: 'desktop.service',
  paused: 'desktop.paused',
  notices: 'desktop.notices',
  dismissed: 'desktop.dismissed-notices',
} as const;

export class Preferences {
  readonly #settings: Settings;
  readonly #log: Log;

  constructor(settings: Settings, log: Log) {
    this.#settings = settings;
    this.#log = log;
  }

  get values(): Values {
    const given = fieldsOf(this.#read(KEY.preferences));
    const plain = merged(inputs.preferences.shape, given, DEFAULT_PREFERENCES);
    return {
      ...plain,
      parameters: merged(inputs.parameters.shape, fieldsOf(given['parameters']), DEFAULT_PARAMETERS),
      output: merged(inputs.output.shape, fieldsOf(given['output']), DEFAULT_OUTPUT),
    };
  }

  /** Changes what is given and keeps the rest. */
  set(changes: { readonly [Name in keyof Values]?: Values[Name] | undefined }): Values {
    const given = Object.entries(changes).filter(([, value]) => value !== undefined);
    this.#settings.set(KEY.preferences, { ...this.values, ...Object.fromEntries(given) });
    return this.values;
  }

  /** In the order of their names. */
  get presets(): Preset[] {
    return listOf(this.#read(KEY.presets)).flatMap((value) => {
      const given = fieldsOf(value);
      const name = inputs.preset.shape.name.safeParse(given['name']);
      if (!name.success) return [];
      return {
        name: name.data,
        parameters: merged(inputs.parameters.shape, fieldsOf(given['parameters']), DEFAULT_PARAMETERS),
        output: merged(inputs.output.shape, fieldsOf(given['output']), DEFAULT_OUTPUT),
      };
    });
  }

  /**
   * Saves a preset; one of the same name, whatever its letters' case, gives way.
   * @throws {FailureError} `too_many_presets`
   */
  savePreset(preset: Preset): void {
    const others = this.#presetsBut(preset.name);
    if (others.length >= MOST_PRESETS) throw new FailureError(failure('too_many_presets'));
    const all = [...others, preset].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    this.#settings.set(KEY.presets, all);
  }

  removePreset(name: string): void {
    this.#settings.set(KEY.presets, this.#presetsBut(name));
  }

  #presetsBut(name: string): Preset[] {
    return this.presets.filter((preset) => foldName(preset.name) !== foldName(name));
  }

  /** Where all new batches go; null for a folder beside the photos. */
  get outputFolder(): string | null {
    const path = this.#read(KEY.outputFolder);
    return typeof path === 'string' && path !== '' ? path : null;
  }

  setOutputFolder(path: string | null): void {
    this.#settings.set(KEY.outputFolder, path);
  }

  /** The service that was in use last; null before the first time. */
  get service(): ServiceKind | null {
    const kind = this.#read(KEY.service);
    return kind === 'none' || kind === 'segmind' || kind === 'practice' ? kind : null;
  }

  setService(kind: ServiceKind): void {
    this.#settings.set(KEY.service, kind);
  }

  /** Whether the user paused the queue of a service: a restart must not spend what he held back. */
  isPaused(kind: ServiceKind): boolean {
    return fieldsOf(this.#read(KEY.paused))[kind] === true;
  }

  setPaused(kind: ServiceKind, paused: boolean): void {
    if (this.isPaused(kind) === paused) return;
    this.#settings.set(KEY.paused, { ...fieldsOf(this.#read(KEY.paused)), [kind]: paused });
  }

  get notices(): Notice[] {
    return listOf(this.#read(KEY.notices)).flatMap((value) => {
      const { id, tone, text } = fieldsOf(value);
      if (typeof id !== 'string' || typeof text !== 'string') return [];
      return { id, text, tone: tone === 'info' ? 'info' : 'warning' };
    });
  }

  setNotices(notices: readonly Notice[]): void {
    this.#settings.set(KEY.notices, notices);
  }

  get dismissedNotices(): string[] {
    return listOf(this.#read(KEY.dismissed)).filter((id) => typeof id === 'string');
  }

  setDismissedNotices(ids: readonly string[]): void {
    this.#settings.set(KEY.dismissed, ids);
  }

  #read(key: string): unknown {
    try {
      return this.#settings.get(key, (value) => value ?? null);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error; // the history's own trouble is not hidden
      this.#log.warn('setting', { key, error: error.message });
      return null;
    }
  }
}

interface Field {
  readonly safeParse: (value: unknown) => { readonly success: boolean; readonly data?: unknown };
}

/** Each field as its schema takes it, or its default. */
function merged<Value extends object>(
  schema: { readonly [Name in keyof Value]: Field },
  given: Readonly<Record<string, unknown>>,
  defaults: Value,
): Value {
  const fields = Object.keys(defaults).map((name) => {
    const parsed = schema[name as keyof Value].safeParse(given[name]);
    return [name, parsed.success ? parsed.data : defaults[name as keyof Value]];
  });
  return Object.fromEntries(fields) as Value; // every field has passed its schema or is the default
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
