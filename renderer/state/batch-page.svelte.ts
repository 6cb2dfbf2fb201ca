// What the view of a batch is about at the moment: its photos, what is chosen of them, what is asked, what is compared.
import type { GridKey } from '../lib/grid-keys.ts';
import type { JobAction } from '../lib/job-menu.ts';
import { ChosenPhotos } from './chosen.svelte.ts';
import { Grid } from './grid.svelte.ts';
import { JobActions } from './job-actions.svelte.ts';
import { BatchJobs, type Arrangement } from './jobs.svelte.ts';
import { Selection } from './selection.svelte.ts';
import type { AppStore } from './app.svelte.ts';

export interface MenuPlace {
  readonly x: number;
  readonly y: number;
}

const USUAL_TILE = 200;

export class BatchPage {
  readonly store: AppStore;
  readonly jobs: BatchJobs;
  readonly selection: Selection;
  /** What is selected, as menus take it. */
  readonly chosen: ChosenPhotos;
  readonly actions: JobActions;
  readonly grid: Grid;
  /** Photos whose sharp thumbnail was shown: the browser has it, so it is shown at once again. */
  readonly seenSharp = new Set<number>();
  /** The photo under the pointer. */
  hovered: number | null = $state(null);
  /** Whether the key is held that shows all originals. */
  holding = $state(false);
  /** Where the context menu is open. */
  menu: MenuPlace | null = $state.raw(null);
  /** The photo that is compared. */
  comparing: number | null = $state(null);
  /** Size of tiles while the slider is dragged. */
  #dragged: number | null = $state(null);

  constructor(store: AppStore, batchId: number) {
    this.store = store;
    this.jobs = new BatchJobs(store, batchId);
    this.selection = new Selection(() => this.jobs.ids);
    this.chosen = new ChosenPhotos(store, {
      ids: () => this.selection.list,
      rows: () => this.jobs.known(this.selection.list),
    });
    this.actions = new JobActions(store);
    this.grid = new Grid(
      () => this.jobs.ids.length,
      () => this.tileSize,
    );
  }

  get tileSize(): number {
    return this.#dragged ?? this.store.app?.preferences.tileSize ?? USUAL_TILE;
  }

  /** Another filter or order: seen from its beginning. */
  arrange(changes: Partial<Arrangement>): void {
    this.jobs.arrange(changes);
    this.grid.toTop();
  }

  dragTileSize(size: number): void {
    this.#dragged = size;
  }

  async keepTileSize(size: number): Promise<void> {
    this.#dragged = size;
    await this.store.set({ tileSize: size });
    if (this.#dragged === size) this.#dragged = null;
  }

  /** Does something with what is selected. */
  run(action: JobAction): void {
    const { list, focus } = this.selection;
    if (action === 'compare') this.compare(list.includes(focus ?? -1) ? focus : (list[0] ?? null));
    else void this.actions.run(action, list, this.jobs.known(list));
  }

  /** A key that was meant for the grid. */
  press(key: GridKey): void {
    const { selection } = this;
    switch (key.kind) {
      case 'move':
        return this.#move(key);
      case 'toggle':
        if (selection.focus !== null) selection.choose(selection.focus, { toggle: true });
        return;
      case 'all':
        return selection.all();
      case 'clear':
        return selection.clear();
      case 'open':
        return this.compare(selection.focus);
      case 'menu':
        return; // the view knows where the tile is
    }
  }

  /** The grid got the focus: the keys are at some tile, so that it can be seen where. */
  enter(): void {
    if (this.selection.indexOf(this.selection.focus) >= 0) return;
    const [first] = this.jobs.ids.slice(this.grid.firstInSight);
    if (first !== undefined) this.selection.moveTo(first);
  }

  compare(id: number | null): void {
    if (id === null) return;
    this.menu = null;
    this.comparing = id;
  }

  /** Back in the grid, at the photo that was compared last. */
  endCompare(id: number): void {
    this.comparing = null;
    if (this.selection.indexOf(id) < 0) return;
    this.selection.choose(id);
    this.grid.show(this.selection.indexOf(id));
  }

  #move({ move, extend, keep }: Extract<GridKey, { kind: 'move' }>): void {
    const { jobs, selection, grid } = this;
    const from = selection.indexOf(selection.focus);
    const to = from < 0 ? 0 : grid.move(from, move);
    const id = jobs.ids[to];
    if (id === undefined) return;
    if (keep && !extend) selection.moveTo(id);
    else selection.choose(id, { extend });
    grid.show(to);
  }
}
