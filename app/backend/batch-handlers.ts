// Batches for the window: their rows, and their names.
import type { CommandName, Handlers } from '../contract.ts';
import type { Context } from './context.ts';

export function batchHandlers({ history, feed }: Context): Pick<Handlers, Extract<CommandName, `batches.${string}`>> {
  const rowOf = (id: number) => feed.batchRows({ ids: [id] })[0] ?? null;
  return {
    'batches.list': ({ limit }) => feed.batchRows({ newest: limit }),
    'batches.older': ({ before, limit }) => feed.batchRowsBefore(before, limit),
    'batches.totals': () => history.totals.read(),
    'batches.names': () => history.batches.directory(),
    'batches.get': ({ id }) => rowOf(id),
    'batches.rename': ({ id, name }) => {
      if (history.housekeeping.rename(id, name)) feed.touchBatch(id);
      return rowOf(id);
    },
  };
}
