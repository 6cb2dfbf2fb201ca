// A history in memory behind a fake bridge: filters, pages and ids as the core answers them.
import type { HistoryFilterInput } from '../../app/contract/inputs.ts';
import type { HistoryRow } from '../../app/contract/values.ts';
import { emptyCounts } from '../../app/domain/batch.ts';
import { FakeBridge } from './fake-bridge.ts';
import { appState, batchRow, queueState } from './samples.ts';

export class HistoryBridge extends FakeBridge {
  /** Newest first. */
  rows: readonly HistoryRow[];
  seq = 1;

  constructor(rows: readonly HistoryRow[], answering: ConstructorParameters<typeof FakeBridge>[0] = {}) {
    super({
      'app.open': () => ({ open: true, app: appState() }),
      'batches.list': () => [batchRow()],
      'queue.state': () => queueState(),
      'history.facets': () => ({ folders: [], failures: [], counts: emptyCounts() }),
      'history.page': ({ filter, offset, limit }) => {
        const all = this.#fitting(filter);
        return { rows: all.slice(offset, offset + limit), total: all.length, seq: this.seq };
      },
      'history.ids': ({ filter }) => this.#fitting(filter).map(({ id }) => id),
      'jobs.retryPlan': ({ jobs }) => {
        const ids = 'ids' in jobs ? jobs.ids : [];
        return { sent: ids.length, fetched: 0, withheld: 0, ids };
      },
      ...answering,
    });
    this.rows = rows;
  }

  #fitting({ text, states, undecided, batchId }: HistoryFilterInput): readonly HistoryRow[] {
    return this.rows.filter(
      (row) =>
        row.name.includes(text) &&
        (states.length === 0 || states.includes(row.state)) &&
        (batchId === null || row.batchId === batchId) &&
        (!undecided || (row.state === 'uncertain' && !row.left)),
    );
  }
}
