// Photos whose jobs ended for nothing because they were moved, renamed or gone for a while, and that are there again.
import type { Engine } from '../engine/engine.ts';
import type { History } from '../history/history.ts';
import { isSameMark, markOf } from './look.ts';
import type { Mark } from './pending.ts';
import type { Reach } from './reach.ts';

export interface ReviveDeps {
  readonly history: History;
  readonly watchId: number;
  readonly reach: Reach;
  readonly signal: AbortSignal;
  readonly engine: () => { readonly engine: Engine; readonly service: string } | null;
  /** A photo is to be looked at once more. */
  readonly onFound: (path: string, mark: Mark, stillSince: number) => void;
}

/**
 * Puts jobs back into the queue whose photos are where they were again, and looks once more at photos that counted as
 * those of such jobs, under other names. Nothing was paid for either.
 */
export async function revive({ history, watchId, reach, signal, engine, onFound }: ReviveDeps): Promise<void> {
  const { watches } = history;
  const isThere = async (file: { path: string } & Mark) => {
    const mark = await markOf(reach.fileOf(file.path)).catch(() => null);
    signal.throwIfAborted();
    return mark !== null && mark !== 'folder' && isSameMark(mark, file);
  };
  const back: number[] = [];
  for (const file of watches.sourceLost(watchId, 'taken')) {
    if (file.jobId !== null && (await isThere(file))) back.push(file.jobId);
  }
  const running = engine();
  if (back.length > 0 && running?.service === watches.get(watchId)?.service) {
    running?.engine.retry({ jobIds: back, states: ['failed'] });
  }
  for (const file of watches.sourceLost(watchId, 'same')) {
    if (!(await isThere(file))) continue;
    watches.revive(file.id);
    onFound(file.path, file, file.seenAt);
  }
}
