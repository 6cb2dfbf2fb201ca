// What the user does to photos, wherever they are shown: asks the core, and tells what came of it. Questions that come
// first (cancel? pay again?) are held here; a view shows them.
import type { BatchRow, JobRow, RetriedJobs } from '../../app/contract/values.ts';
import type { Which } from '../../app/contract/pictures.ts';
import type { Selection as Jobs } from '../../app/contract/inputs.ts';
import type { StateCounts } from '../../app/domain/batch.ts';
import type { JobState } from '../../app/domain/job.ts';
import type { Parameters } from '../../app/domain/parameters.ts';
import type { JobAction } from '../lib/job-menu.ts';
import { AT_SERVICE, COPY_LIMIT, isUncertain, NOT_SENT, some } from '../lib/job-menu.ts';
import { count } from '../lib/format.ts';
import { type Price, priceOf } from '../lib/price.ts';
import type { Remedy } from '../lib/remedies.ts';
import type { AppStore } from './app.svelte.ts';
import { moderatedOf, type Photos, tallyAmong, uncertainOf } from './chosen.svelte.ts';

/** Photos that are to be canceled, before the user agreed. */
export interface CancelQuestion {
  readonly jobs: Jobs;
  readonly title: string;
  /** Photos that are simply not sent. */
  readonly waiting: number;
  /** Photos that can no longer be stopped. */
  readonly atService: number;
}

/** Photos that may have been charged, before the user decided. */
export interface ConsentQuestion {
  readonly ids: readonly number[];
  /** How many of them may be charged twice. */
  readonly photos: number;
  /** Whether all are uncertain, so that they can be left as they are. */
  readonly canLeave: boolean;
}

/** As many rows as one question may ask for. */
const ROWS_AT_ONCE = 500;

const UNMODERATED: Partial<Parameters> = { inputModeration: false, outputModeration: false };

export class JobActions {
  readonly #store: AppStore;
  canceling: CancelQuestion | null = $state.raw(null);
  consenting: ConsentQuestion | null = $state.raw(null);

  constructor(store: AppStore) {
    this.#store = store;
  }

  /**
   * Does something with all of the photos that it can be done with, also with those far away.
   * @param rows those of the photos that are at hand; the core is asked about the others
   */
  async run(action: JobAction, ids: readonly number[], rows: readonly JobRow[]): Promise<void> {
    const [first] = ids;
    if (first === undefined) return;
    switch (action) {
      case 'open-original':
      case 'open-enhanced':
        return this.open(first, action === 'open-original' ? 'original' : 'enhanced');
      case 'reveal-original':
      case 'reveal-enhanced':
        return this.reveal(first, action === 'reveal-original' ? 'original' : 'enhanced');
      case 'retry':
        return this.retry(ids);
      case 'unmoderated':
        return this.#unmoderated({ ids, rows });
      case 'decide':
        return this.#decideAmong({ ids, rows });
      case 'again':
        return this.again(ids, rows);
      case 'cancel':
        return this.askToCancel(ids, rows);
      case 'copy':
        return this.copy(ids);
      case 'compare':
        return; // the view's own
    }
  }

  async heal(row: JobRow, remedy: Remedy): Promise<void> {
    const ids = [row.id];
    switch (remedy.kind) {
      case 'retry':
        return this.retry(ids);
      case 'unmoderated':
        return this.again(ids, [row], UNMODERATED);
      case 'again':
        return this.again(ids, [row]);
      case 'decide':
        this.decide(ids, isUncertain(row));
        return;
      case 'reveal-original':
        return this.reveal(row.id, 'original');
      case 'reveal-enhanced':
        return this.reveal(row.id, 'enhanced');
      case 'copy':
        return this.copy(ids);
    }
  }

  async open(id: number, which: Which): Promise<void> {
    await this.#store.tell(() => this.#store.client.call('jobs.open', { id, which }));
  }

  async reveal(id: number, which: Which): Promise<void> {
    await this.#store.tell(() => this.#store.client.call('jobs.reveal', { id, which }));
  }

  /** The folder of a batch's results, by the one that was finished last. */
  async revealResults(batchId: number): Promise<void> {
    const query = { batchId, states: ['succeeded' as const], order: 'finished' as const, descending: true };
    const done = await this.#store.tell(() => this.#store.client.call('jobs.ids', query));
    const [last] = done?.ids ?? [];
    if (last !== undefined) await this.reveal(last, 'enhanced');
  }

  async copy(ids: readonly number[]): Promise<void> {
    const copied = ids.slice(0, COPY_LIMIT);
    const done = await this.#store.tell(() => this.#store.client.call('jobs.copyDetails', { ids: copied }));
    if (done !== undefined)
      this.#store.toasts.info(`The details of ${count(copied.length, 'photo')} are on the clipboard.`);
  }

  /** The same photos as a new batch, in a sheet that begins with their batch's parameters and some changes to them. */
  async again(ids: readonly number[], rows: readonly JobRow[], changes: Partial<Parameters> = {}): Promise<void> {
    const tally = await this.#store.tell(() => tallyAmong(this.#store.client, { ids, rows }));
    if (!tally) return;
    const { batchId } = tally;
    const batch = batchId === null ? null : await this.#store.tell(() => this.#store.findBatch(batchId));
    if (batch === undefined) return; // told; other parameters than theirs would be a surprise
    const had = batch ?? this.#store.app?.preferences;
    const asked = { ids: [...ids], ...(changes === UNMODERATED && { unmoderated: true }) };
    const intake = await this.#store.tell(() => this.#store.client.call('jobs.again', asked));
    if (intake) this.#store.openIntake(intake.id, had ? { ...had.parameters, ...changes } : null);
  }

  async retry(ids: readonly number[]): Promise<void> {
    await this.#retry({ ids: [...ids] });
  }

  async retryFailed(batch: BatchRow): Promise<void> {
    await this.#retry({ batchId: batch.id, states: ['failed'] });
  }

  /** Asks whether photos that may have been charged are to be sent again. */
  decide(ids: readonly number[], canLeave = true): void {
    if (ids.length > 0) this.consenting = { ids, photos: ids.length, canLeave };
  }

  /** What photos will probably cost when they are sent again. */
  priceOf(photos: number): Price {
    return priceOf(photos, this.#store.batches);
  }

  async payAgain({ ids }: ConsentQuestion): Promise<void> {
    const jobs = { ids: [...ids] };
    const done = await this.#store.tell(() => this.#store.client.call('jobs.retry', { jobs, consent: true }));
    if (!done) return;
    this.#tellLeftAlone(done);
    if (done.retried > 0) this.#store.toasts.info(`${waits(done.retried)} They may be charged a second time.`);
  }

  async leave({ ids }: ConsentQuestion): Promise<void> {
    const left = await this.#store.tell(() => this.#store.client.call('jobs.leave', { ids: [...ids] }));
    if (left === undefined) return;
    this.#store.toasts.info(
      `${count(left, 'photo')} ${left === 1 ? 'stays' : 'stay'} uncertain. Nothing is sent again.`,
    );
  }

  async askToCancel(ids: readonly number[], rows: readonly JobRow[]): Promise<void> {
    const tally = await this.#store.tell(() => tallyAmong(this.#store.client, { ids, rows }));
    if (!tally) return;
    const [waiting, atService] = [sum(tally.counts, NOT_SENT), sum(tally.counts, AT_SERVICE)];
    const title = ids.length === 1 ? 'Cancel this photo?' : `Cancel${some(waiting + atService, ids.length)}?`;
    this.canceling = { jobs: { ids: [...ids] }, title, waiting, atService };
  }

  askToCancelBatch({ id, name, counts }: BatchRow): void {
    this.canceling = {
      jobs: { batchId: id, states: [...NOT_SENT, ...AT_SERVICE] },
      title: `Cancel “${name}”?`,
      waiting: sum(counts, NOT_SENT),
      atService: sum(counts, AT_SERVICE),
    };
  }

  async cancel({ jobs }: CancelQuestion, abandon: boolean): Promise<void> {
    const done = await this.#store.tell(() => this.#store.client.call('jobs.cancel', { jobs, abandon }));
    if (!done) return;
    const going = done.goingOn === 0 ? '' : ` ${count(done.goingOn, 'photo')} at the service can no longer be stopped.`;
    this.#store.toasts.info(`${count(done.canceled, 'photo')} canceled.${going}`);
  }

  async #unmoderated(chosen: Photos): Promise<void> {
    const blocked = await this.#store.tell(() => moderatedOf(this.#store.client, chosen));
    if (!blocked) return;
    if (blocked.ids.length > 0) return this.again(blocked.ids, blocked.rows, UNMODERATED);
    this.#store.toasts.info('None of these photos is blocked by moderation any more.');
  }

  async #decideAmong(chosen: Photos): Promise<void> {
    const uncertain = await this.#store.tell(() => uncertainOf(this.#store.client, chosen));
    if (!uncertain) return;
    if (uncertain.ids.length > 0) this.decide(uncertain.ids);
    else this.#store.toasts.info('None of these photos is uncertain any more.');
  }

  async #retry(jobs: Jobs): Promise<void> {
    const done = await this.#store.tell(() => this.#store.client.call('jobs.retry', { jobs, consent: false }));
    if (!done) return;
    const { retried, withheld, elsewhere = 0, mended = 0, underWay = 0 } = done;
    this.#tellLeftAlone(done);
    if (elsewhere > 0)
      this.#store.toasts.warn(
        `${count(elsewhere, 'photo')} of another service are left as they are: switch the service in Settings to retry them.`,
      );
    if (withheld > 0) {
      const told = retried === 0 ? '' : `${waits(retried)} `;
      this.#store.toasts.warn(`${told}${count(withheld, 'photo')} held back: they may have been charged already.`, {
        label: 'Decide…',
        run: () => void this.#askAboutWithheld(jobs),
      });
    } else if (retried > 0) this.#store.toasts.info(waits(retried));
    else if (mended + underWay === 0)
      this.#store.toasts.warn('None of these photos can be retried: only failed and canceled ones can.');
  }

  #tellLeftAlone({ mended = 0, underWay = 0 }: RetriedJobs): void {
    const left = (photos: number) => `${count(photos, 'photo')} ${photos === 1 ? 'was' : 'were'} left alone`;
    if (mended > 0) {
      const [they, are, them] = mended === 1 ? ['it', 'is', 'it'] : ['they', 'are', 'them'];
      this.#store.toasts.info(
        `${left(mended)}: ${they} ${are} enhanced in a later batch. “Enhance with other settings…” makes ${them} again.`,
      );
    }
    if (underWay > 0) {
      const them = underWay === 1 ? 'it' : 'them';
      this.#store.toasts.info(`${left(underWay)}: another job of ${them} goes on, or may have been charged.`);
    }
  }

  /** Consent is asked for exactly those that were held back, whatever the others do meanwhile. */
  async #askAboutWithheld(jobs: Jobs): Promise<void> {
    const ids = await this.#store.tell(() => this.#withheldOf(jobs));
    if (!ids) return;
    if (ids.length > 0) this.decide(ids, false);
    else this.#store.toasts.info('Nothing is held back any more.');
  }

  async #withheldOf(jobs: Jobs): Promise<readonly number[]> {
    const { client } = this.#store;
    const asked =
      'ids' in jobs
        ? jobs.ids
        : 'batchId' in jobs
          ? (await client.call('jobs.ids', { ...jobs, order: 'added', descending: false })).ids
          : [];
    const withheld: number[] = [];
    for (let at = 0; at < asked.length; at += ROWS_AT_ONCE) {
      const { rows } = await client.call('jobs.rows', { ids: asked.slice(at, at + ROWS_AT_ONCE) });
      withheld.push(...rows.filter(paysAgain).map(({ id }) => id));
    }
    return withheld;
  }
}

/** Whether a photo may be charged already while the service holds nothing any more that could be asked for. */
function paysAgain({ state, failure, owed }: JobRow): boolean {
  const ended = state === 'failed' || state === 'canceled' || state === 'uncertain';
  return ended && failure !== null && failure.charged !== 'no' && !owed;
}

function waits(photos: number): string {
  return `${count(photos, 'photo')} ${photos === 1 ? 'waits' : 'wait'} to be enhanced again.`;
}

function sum(counts: StateCounts, states: readonly JobState[]): number {
  return states.reduce((all, state) => all + counts[state], 0);
}
