// What the window was like: its place on the screen and its theme, in a small file that may be lost without harm.
import { readFile } from 'node:fs/promises';
import type { Display, Rectangle } from 'electron';
import { THEMES, type Theme } from '../app/contract/values.ts';
import { systemCode } from '../app/domain/failure.ts';
import type { Clock } from '../app/lib/clock.ts';
import type { Log } from '../app/lib/log.ts';
import { writeWhole } from './whole-file.ts';

export interface Remembered {
  /** Where the window was while not maximised; null when it never was anywhere. */
  readonly bounds: Rectangle | null;
  readonly maximized: boolean;
  /** So that the first frame has the right colour: the settings are read later. */
  readonly theme: Theme;
}

const NOTHING: Remembered = { bounds: null, maximized: false, theme: 'system' };

/** Smallest size at which the window can be used, in pixels independent of the display's density. */
export const MIN_SIZE = { width: 720, height: 480 } as const;
const USUAL_SIZE = { width: 1280, height: 840 } as const;
/** So much of the window must be on a display, or it could not be taken hold of. */
const GRIP = { width: 120, height: 40 } as const;

/** Where to put the window: where it was, if that is still on a display and fits it; else in the middle of the first. */
export function placeOn(displays: readonly Pick<Display, 'workArea'>[], bounds: Rectangle | null): Rectangle {
  const areas = displays.map(({ workArea }) => workArea);
  const home = bounds === null ? undefined : areas.find((area) => isHeld(bounds, area));
  if (bounds !== null && home !== undefined) {
    const width = within(bounds.width, MIN_SIZE.width, home.width);
    const height = within(bounds.height, MIN_SIZE.height, home.height);
    // The top edge never above the display: it is what a window is moved by.
    return { x: bounds.x, y: Math.max(bounds.y, home.y), width, height };
  }
  const area = areas[0] ?? { x: 0, y: 0, ...USUAL_SIZE };
  const width = Math.min(USUAL_SIZE.width, area.width);
  const height = Math.min(USUAL_SIZE.height, area.height);
  return {
    x: area.x + Math.round((area.width - width) / 2),
    y: area.y + Math.round((area.height - height) / 2),
    width,
    height,
  };
}

/** Whether enough of the window's upper edge is on a display. */
function isHeld(bounds: Rectangle, area: Rectangle): boolean {
  const wide = Math.min(bounds.x + bounds.width, area.x + area.width) - Math.max(bounds.x, area.x);
  const top = Math.max(bounds.y, area.y);
  return wide >= GRIP.width && bounds.y > area.y - GRIP.height && top + GRIP.height <= area.y + area.height;
}

function within(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, Math.min(min, max)), max);
}

const SETTLE_MS = 500; // a window being dragged moves sixty times a second

/** The file that remembers. Writing is put off until the window rests. */
export class Memory {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Log;
  #value = NOTHING;
  #cancel: (() => void) | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, clock: Clock, log: Log) {
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
  }

  get value(): Remembered {
    return this.#value;
  }

  /** Reads the file. What is missing or damaged in it is as if it had never been. */
  async load(): Promise<Remembered> {
    try {
      this.#value = parse(JSON.parse(await readFile(this.#path, 'utf8')));
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') this.#log.warn('memory.read', { error: String(error) });
    }
    return this.#value;
  }

  remember(change: Partial<Remembered>): void {
    this.#value = { ...this.#value, ...change };
    this.#cancel?.();
    this.#cancel = this.#clock.after(SETTLE_MS, () => void this.flush());
  }

  /** Writes what is not written yet. A disk that refuses is told to the log only: there is nothing to lose here. */
  flush(): Promise<void> {
    if (this.#cancel !== null) {
      this.#cancel();
      this.#cancel = null;
      this.#writing = this.#writing.then(() => this.#write());
    }
    return this.#writing;
  }

  async #write(): Promise<void> {
    try {
      await writeWhole(this.#path, Buffer.from(JSON.stringify(this.#value)), this.#clock);
    } catch (error) {
      this.#log.warn('memory.write', { error: String(error) });
    }
  }
}

function parse(value: unknown): Remembered {
  if (typeof value !== 'object' || value === null) return NOTHING;
  const { bounds, maximized, theme } = value as Record<string, unknown>;
  return {
    bounds: isRectangle(bounds) ? bounds : null,
    maximized: maximized === true,
    theme: THEMES.find((known) => known === theme) ?? NOTHING.theme,
  };
}

function isRectangle(value: unknown): value is Rectangle {
  if (typeof value !== 'object' || value === null) return false;
  const { x, y, width, height } = value as Record<string, unknown>;
  return [x, y, width, height].every((side) => Number.isSafeInteger(side));
}
