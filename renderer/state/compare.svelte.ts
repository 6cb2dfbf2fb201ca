// A comparison: which photo of a list is looked at, how, and what is known of it. It asks for the details of one photo at a
// time, keeps them current, has the browser fetch the neighbours' pictures ahead, and finds out why one cannot be shown.
import { pictureUrl, type Which } from '../../app/contract/pictures.ts';
import type { FeedMessage, JobDetail, JobRow } from '../../app/contract/values.ts';
import type { CompareMode } from '../lib/compare-keys.ts';
import type { AppStore } from './app.svelte.ts';

/** While a photo of the batch changes, its details are asked for so often at most, milliseconds. */
const REFRESH_MS = 1_000;

/** Addresses of a photo's pictures. */
export interface Pictures {
  readonly small: string;
  readonly full: string;
}

export function originalOf(row: JobRow): Pictures {
  const url = (tier: 'small' | 'full') => pictureUrl({ id: row.id, which: 'original', tier }, row.createdAt);
  return { small: url('small'), full: url('full') };
}

/** Null while there is no enhanced picture. */
export function enhancedOf(row: JobRow): Pictures | null {
  if (row.output === null) return null;
  const version = row.finishedAt ?? row.updatedAt;
  const url = (tier: 'small' | 'full') => pictureUrl({ id: row.id, which: 'enhanced', tier }, version);
  return { small: url('small'), full: url('full') };
}

export class Comparison {
  readonly #store: AppStore;
  readonly #ids: () => readonly number[];
  #id: number = $state(0);
  /** Where it was in the list before a filter took it out: the neighbours are those of this place. */
  #place = 0;
  #detail: JobDetail | null = $state.raw(null);
  #gone = $state(false);
  #away: readonly Which[] = $state.raw([]);
  /** How often pictures were looked for again: with each, those that could not be shown are asked for anew. */
  #looks = $state(0);
  #trouble: string | null = $state(null);
  mode: CompareMode = $state('divider');
  /** Share of the picture that shows the original, from its left edge, 0 to 1. */
  divider = $state(0.5);
  /** Whether the original is shown where only one of both is. */
  before = $state(false);
  /** Whether the key is held that shows the original. */
  holding = $state(false);
  #question = 0;
  #refreshedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #end: (() => void) | null = null;
  /** By their addresses, held so that the browser keeps what it fetched ahead. */
  #ahead: ReadonlyMap<string, HTMLImageElement> = new Map();

  constructor(store: AppStore, ids: () => readonly number[], id: number) {
    this.#store = store;
    this.#ids = ids;
    this.#id = id;
    this.#place = Math.max(0, ids().indexOf(id));
  }

  get id(): number {
    return this.#id;
  }

  /** What is known of the photo that is shown; the one before it until that has come. */
  get detail(): JobDetail | null {
    return this.#detail;
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Which of the photo's files are not where they were; known once one of its pictures could not be shown. */
  get away(): readonly Which[] {
    return this.#away;
  }

  get looks(): number {
    return this.#looks;
  }

  get trouble(): string | null {
    return this.#trouble;
  }

  /** From 1; where it was when it is not in the list any more. */
  get position(): number {
    const at = this.#ids().indexOf(this.#id);
    return Math.min(this.count, (at < 0 ? this.#place : at) + 1);
  }

  get count(): number {
    return this.#ids().length;
  }

  get previous(): number | null {
    return this.#neighbour(-1);
  }

  get next(): number | null {
    return this.#neighbour(1);
  }

  start(): void {
    this.#end = this.#store.onFeed((message) => this.#take(message));
    void this.load();
  }

  stop(): void {
    this.#end?.();
    this.#question += 1;
    if (this.#timer !== null) clearTimeout(this.#timer);
    void this.#hold([]);
  }

  /** To the next photo or the one before it. */
  go(by: -1 | 1): void {
    const id = this.#neighbour(by);
    if (id === null) return;
    this.#id = id;
    this.#place = Math.max(0, this.#ids().indexOf(id));
    this.before = false;
    this.#away = [];
    void this.load();
  }

  /** A picture cannot be shown in full: finds out whether its file is there. */
  async miss(): Promise<void> {
    const id = this.#id;
    const away = await this.#store.tell(() => this.#store.client.call('jobs.away', { id }));
    if (id === this.#id && away !== undefined) this.#away = away;
  }

  /** The user has put files back, or connected their drive. Resolves when it is known what is still away. */
  async lookAgain(): Promise<void> {
    this.#looks += 1;
    await this.miss();
  }

  async load(): Promise<void> {
    const question = ++this.#question;
    const id = this.#id;
    this.#refreshedAt = performance.now();
    try {
      const detail = await this.#store.client.call('jobs.detail', { id });
      if (question !== this.#question) return;
      this.#trouble = null;
      this.#gone = detail === null;
      if (detail === null) return;
      const other = this.#detail?.row.id !== id;
      this.#detail = detail;
      if (other) void this.#store.tell(() => this.#fetchAhead(question, detail.row));
    } catch (error) {
      if (question === this.#question) this.#trouble = error instanceof Error ? error.message : String(error);
    }
  }

  #neighbour(by: -1 | 1): number | null {
    const ids = this.#ids();
    const at = ids.indexOf(this.#id);
    // A photo that left the list: what followed it has moved up to its place.
    if (at < 0) return ids[by === 1 ? this.#place : this.#place - 1] ?? null;
    return ids[at + by] ?? null;
  }

  #take({ rows, batches, overflow }: FeedMessage): void {
    const batchId = this.#detail?.row.batchId;
    if (rows.some(({ id }) => id === this.#id)) void this.load();
    else if (overflow || batches.some(({ id }) => id === batchId)) this.#loadSoon();
  }

  #loadSoon(): void {
    if (this.#timer !== null) return;
    const wait = Math.max(0, this.#refreshedAt + REFRESH_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.load();
    }, wait);
  }

  /** The neighbours' small pictures at once, their full ones when those that are looked at have come. */
  async #fetchAhead(question: number, shown: JobRow): Promise<void> {
    const ids = [this.next, this.previous].filter((id) => id !== null);
    const { rows } = await this.#store.client.call('jobs.rows', { ids });
    if (question !== this.#question) return;
    const pictures = ids.flatMap((id) => picturesOf(rows.find((row) => row.id === id)));
    const small = pictures.map((one) => one.small);
    const own = picturesOf(shown).map(({ full }) => full);
    await this.#hold([...own, ...small], own);
    if (question === this.#question) await this.#hold([...own, ...small, ...pictures.map(({ full }) => full)]);
  }

  /** Fetches these pictures and no others; what is no longer wanted is not waited for. @returns when some have come */
  async #hold(urls: readonly string[], awaited: readonly string[] = []): Promise<void> {
    for (const [url, image] of this.#ahead) if (!urls.includes(url)) image.removeAttribute('src');
    const held = this.#ahead;
    this.#ahead = new Map(urls.map((url) => [url, held.get(url) ?? imageOf(url)]));
    const images = awaited.flatMap((url) => this.#ahead.get(url) ?? []);
    await Promise.all(images.map(settled));
  }
}

function picturesOf(row: JobRow | undefined): Pictures[] {
  return row ? [originalOf(row), enhancedOf(row) ?? []].flat() : [];
}

function imageOf(url: string): HTMLImageElement {
  const image = new Image();
  image.fetchPriority = 'low';
  image.src = url;
  return image;
}

/** When a picture has come, or will not. */
function settled(image: HTMLImageElement): Promise<void> {
  if (image.complete) return Promise.resolve();
  return new Promise((resolve) => {
    image.addEventListener('load', () => resolve(), { once: true });
    image.addEventListener('error', () => resolve(), { once: true });
  });
}
