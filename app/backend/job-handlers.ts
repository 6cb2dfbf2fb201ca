// What the window reads of jobs and does to them: all handlers of the feed, the queue, batches, jobs and the history.
import type { CommandName, Handlers } from '../contract.ts';
import { failure, FailureError } from '../domain/failure.ts';
import { queueState } from '../engine/queue-state.ts';
import { toJobRow } from '../engine/rows.ts';
import { batchHandlers } from './batch-handlers.ts';
import type { Context } from './context.ts';
import { historyHandlers } from './history-handlers.ts';
import { cancel, leave, planRetry, retry } from './job-commands.ts';
import { detailOf, detailsText } from './job-details.ts';
import { away, open, reveal } from './job-files.ts';
import type { LocateCommand } from './locating.ts';
import { select, tally } from './job-selection.ts';

/** The commands that are handled here. */
export type JobCommand =
  | Extract<CommandName, `feed.${string}` | `queue.${string}` | `batches.${string}` | `history.${string}`>
  | Exclude<Extract<CommandName, `jobs.${string}`>, 'jobs.again' | LocateCommand>;

/** All of them throw a FailureError for what the user is told, and system or SQLite errors of the history. */
export function jobHandlers(context: Context): Pick<Handlers, JobCommand> {
  const { history, feed, shell } = context;
  return {
    'feed.watch': ({ batchId }) => ({ seq: feed.watch(batchId) }),
    ...queueHandlers(context),
    ...batchHandlers(context),
    'jobs.ids': async (query) => ({ ids: await history.listing.ofBatch(query), seq: feed.seq }),
    'jobs.rows': ({ ids }) => ({ rows: history.summaries.byIds(ids).map(toJobRow), seq: feed.seq }),
    'jobs.select': (input) => select(history, input),
    'jobs.tally': ({ ids }) => tally(history, ids),
    'jobs.detail': ({ id }) => detailOf(history, id),
    'jobs.retry': (input) => retry(context, input),
    'jobs.retryPlan': (input) => planRetry(context, input),
    'jobs.cancel': (input) => cancel(context, input),
    'jobs.leave': ({ ids }) => leave(context, ids),
    'jobs.away': (input) => away(context, input),
    'jobs.open': (input) => open(context, input),
    'jobs.reveal': (input) => reveal(context, input),
    'jobs.copyDetails': ({ ids }) => {
      shell.copyText(detailsText(history, ids));
      return null;
    },
    ...historyHandlers(context),
  };
}

function queueHandlers({ history, running }: Context): Pick<Handlers, Extract<CommandName, `queue.${string}`>> {
  const state = () => queueState(history, running());
  const engine = () => {
    const at = running();
    if (at === null) throw new FailureError(failure('no_service'));
    return at.engine;
  };
  return {
    'queue.state': state,
    'queue.pause': () => {
      engine().pause();
      return state();
    },
    'queue.resume': () => {
      engine().resume();
      return state();
    },
  };
}
