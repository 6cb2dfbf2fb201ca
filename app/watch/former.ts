// Folders that are not watched any more: one that is watched again goes on with its number, and by that with the books of its
// day. Else stopping and adding it would give it the day's limits a second time.
import type { History } from '../history/history.ts';

interface Former {
  readonly id: number;
  /** Absolute, as it was watched. */
  readonly path: string;
}

const KEY = 'watch.former';
/** So many are remembered, the last ones: the books matter on their own day only. */
const KNOWN = 100;

/** Ends watching a folder; the batches it made stay. */
export function forget(history: History, id: number): void {
  history.atomically(() => {
    const watch = history.watches.get(id);
    if (watch === null) return;
    const others = formers(history).filter((one) => one.id !== id && one.path !== watch.path);
    history.settings.set(KEY, [...others, { id, path: watch.path }].slice(-KNOWN));
    history.watches.remove(id);
  });
}

/** The number that a folder had when it was watched before; null when it was not. */
export function formerId(history: History, path: string): number | null {
  const id = formers(history).find((one) => one.path === path)?.id ?? null;
  return id === null || history.watches.get(id) !== null ? null : id;
}

function formers({ settings }: Pick<History, 'settings'>): readonly Former[] {
  return settings.get(KEY, (value) => (Array.isArray(value) ? value.filter(isFormer) : null)) ?? [];
}

function isFormer(value: unknown): value is Former {
  const { id, path } = (value ?? {}) as Partial<Record<keyof Former, unknown>>;
  return typeof id === 'number' && typeof path === 'string';
}
