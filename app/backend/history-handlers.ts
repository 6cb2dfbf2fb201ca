// The history for the window: pages of what fits a filter, what there is to filter by, export, and removal.
import type { CommandName, Handlers } from '../contract.ts';
import { localDay } from '../contract/local-day.ts';
import type { HistoryRow } from '../contract/values.ts';
import type { Batch } from '../domain/batch.ts';
import { toHistoryRow } from '../engine/rows.ts';
import type { History } from '../history/history.ts';
import type { Context } from './context.ts';
import { exportHistory } from './export.ts';
import { inSlices } from './slices.ts';

export function historyHandlers(context: Context): Pick<Handlers, Extract<CommandName, `history.${string}`>> {
  const { history, feed, shell, clock } = context;
  return {
    'history.page': async ({ filter, offset, limit }) => {
      const ids = await history.listing.search(filter);
      return { rows: rowsOf(history, ids.slice(offset, offset + limit)), total: ids.length, seq: feed.seq };
    },
    'history.facets': () => history.listing.facets(),
    'history.ids': ({ filter }) => history.listing.search(filter),
    'history.export': async ({ filter, format }) => {
      const chosen = await shell.chooseSaveFile(`Lightbatch history ${localDay(clock.wall())}.${format}`);
      if (chosen === null) return null;
      return await exportHistory({ history, clock, ids: await history.listing.search(filter), format, chosen });
    },
    'history.remove': ({ ids }) => remove(context, ids),
  };
}

function rowsOf(history: History, ids: readonly number[]): HistoryRow[] {
  const batches = new Map<number, Batch | null>();
  return history.summaries.byIds(ids).map((summary) => {
    const { batchId } = summary.job;
    const batch = batches.get(batchId) ?? history.batches.get(batchId);
    batches.set(batchId, batch);
    return toHistoryRow(summary, batch ?? undefined);
  });
}

async function remove({ history, feed }: Context, ids: readonly number[]) {
  let removed = 0;
  let kept = 0;
  await inSlices(ids, (slice) => {
    const done = history.housekeeping.remove(slice);
    removed += done.removed.length;
    kept += done.kept.length;
    if (done.removed.length > 0) feed.removed(done.batches, done.removedBatches);
  });
  return { removed, kept };
}
