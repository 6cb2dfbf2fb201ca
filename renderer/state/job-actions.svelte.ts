// What the user does to photos, wherever they are shown: asks the core, and tells what came of it. Questions that come
// first (cancel? retry? pay again?) are held here; a view shows them.
import type {
  BatchRow,
  FoundAlong,
  JobRow,
  LeftAlone,
  Located,
  RetryPlan,
  UnsureLocated,
} from '../../app/contract/values.ts';
import type { Which } from '../../app/contract/pictures.ts';
import type { Selection as Jobs } from '../../app/contract/inputs.ts';
import type { StateCounts } from '../../app/domain/batch.ts';
import type { JobState } from '../../app/domain/job.ts';
import type { Parameters } from '../../app/domain/parameters.ts';
import type { PhotoPrice } from '../../app/domain/quote.ts';
import type { JobAction } from '../lib/job-menu.ts';
import { AT_SERVICE, COPY_LIMIT, isUncertain, NOT_SENT, some } from '../lib/job-menu.ts';
import { count, credits } from '../lib/format.ts';
import type { Remedy } from '../lib/remedies.ts';
import { leftAloneText, waitsText } from '../lib/retry-text.ts';
import type { AppStore } from './app.svelte.ts';
import { goneOf, moderatedOf, type Photos, tallyAmong, uncertainOf, withheldOf } from './chosen.svelte.ts';

/** Photos that are to be canceled, before the user agreed. */
export interface CancelQuestion {
  readonly jobs: Jobs;
  readonly title: string;
  /** Photos that are simply not sent. */
  readonly waiting: number;
  /** Photos that can no longer be stopped. */
  readonly atService: number;
}

/** Photos that are to be sent again, before the user has seen the price and agreed. */
export interface RetryQuestion {
  readonly ids: readonly number[];
  readonly title: string;
  readonly plan: RetryPlan;
  /** Instead of by `ids`, the photos are named by this where they were found along with a missing one. */
  readonly found?: FoundAlong;
}

/** Photos that were charged, or may have been, before the user decided. */
export interface ConsentQuestion {
  /** All that the user asked about: they can be left as they are. */
  readonly ids: readonly number[];
  /** Those that go back into the queue. */
  readonly again: readonly number[];
  /** How many of them are sent anew, and may be charged twice. */
  readonly photos: number;
  /** How many of them were charged for certain. */
  readonly paid: number;
  /** Whether their pictures were finished and are not found any more. */
  readonly gone: boolean;
  /** Whether all are uncertain, so that they can be left as they are. */
  readonly canLeave: boolean;
}

/** What was paid for and is not found is not uncertain. */
const ANEW = { canLeave: false, gone: true } as const;
const UNMODERATED: Partial<Parameters> = { inputModeration: false, outputModeration: false };

export class JobActions {
  readonly #store: AppStore;
  canceling: CancelQuestion | null = $state.raw(null);
  retrying: RetryQuestion | null = $state.raw(null);
  consenting: ConsentQuestion | null = $state.raw(null);
  /** A file that may be a missing photo, before the user said so. */
  locating: UnsureLocated | null = $state.raw(null);

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
        return this.askToRetry(ids);
      case 'locate':
        return this.locate(first);
      case 'unmoderated':
        return this.#unmoderated({ ids, rows });
      case 'anew':
        return this.#anewAmong({ ids, rows });
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

  /** What a remedy will cost that is not asked about again, in words; null for all that cost nothing, or ask first. */
  costOf({ owed }: JobRow, { kind }: Remedy): string | null {
    if ((kind !== 'retry' && kind !== 'locate') || owed || this.#store.practice) return null;
    return `about ${credits(this.priceOf(1).credits)}`;
  }

  async heal(row: JobRow, remedy: Remedy): Promise<void> {
    const ids = [row.id];
    switch (remedy.kind) {
      case 'retry':
        return this.retry(ids);
      case 'locate':
        return this.locate(row.id);
      case 'unmoderated':
        return this.again(ids, [row], UNMODERATED);
      case 'again':
        return this.again(ids, [row]);
      case 'decide':
        return this.decide(ids, { canLeave: isUncertain(row) });
      case 'anew':
        return this.decide(ids, ANEW);
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

  /** The same photos as a new batch, in a sheet that begins with their batch's settings and some changes to them. */
  async again(ids: readonly number[], rows: readonly JobRow[], changes: Partial<Parameters> = {}): Promise<void> {
    const tally = await this.#store.tell(() => tallyAmong(this.#store.client, { ids, rows }));
    if (!tally) return;
    const { batchId } = tally;
    const batch = batchId === null ? null : await this.#store.tell(() => this.#store.findBatch(batchId));
    if (batch === undefined) return; // told; other parameters than theirs would be a surprise
    const had = batch ?? this.#store.app?.preferences;
    const asked = { ids: [...ids], ...(changes === UNMODERATED && { unmoderated: true }) };
    const intake = await this.#store.tell(() => this.#store.client.call('jobs.again', asked));
    if (!intake) return;
    // Photos that are enhanced are to get another picture beside it; a retry takes nothing's place and needs no number.
    const output = had && (changes === UNMODERATED ? had.output : { ...had.output, onExists: 'number' as const });
    this.#store.openIntake(intake.id, had && output ? { parameters: { ...had.parameters, ...changes }, output } : null);
  }

  /**
   * Retries photos. Where more than one of them would be sent anew the user is asked first, with the price; what is only
   * fetched costs nothing, and nobody is asked.
   * @param asking.always also where it is one, or none: what was clicked says that it asks
   */
  async askToRetry(
    ids: readonly number[],
    { title, always = false }: { readonly title?: string; readonly always?: boolean } = {},
  ): Promise<void> {
    if (ids.length === 1 && !always) return this.retry(ids);
    const jobs = { ids: [...ids] };
    const plan = await this.#store.tell(() => this.#store.client.call('jobs.retryPlan', { jobs, consent: false }));
    if (!plan) return;
    const back = plan.sent + plan.fetched;
    if (back === 0) return this.retry(ids); // nothing goes back: it tells why
    const asked = ids.length === 1 ? 'Retry this photo?' : `Retry${some(back, ids.length)}?`;
    if (always || plan.sent > 1) {
      this.retrying = { ids: plan.ids, title: title ?? asked, plan };
      return;
    }
    this.#tellLeftAlone(plan);
    return this.retry(plan.ids);
  }

  /** Asks about the photos that have failed by now; what fails later is not meant. */
  async askToRetryFailed({ id, name }: BatchRow): Promise<void> {
    const query = { batchId: id, states: ['failed' as const], order: 'added' as const, descending: false };
    const found = await this.#store.tell(() => this.#store.client.call('jobs.ids', query));
    if (!found) return;
    const { ids } = found;
    const title = `Retry ${count(ids.length, 'failed photo')} of “${name}”?`;
    if (ids.length > 0) return this.askToRetry(ids, { title, always: true });
    this.#store.toasts.info('No photo of this batch failed. For those of other batches, choose that in the history.');
  }

  /** Puts photos back into the queue: those that may have been charged are held back, and may be decided about. */
  async retry(ids: readonly number[]): Promise<void> {
    const jobs = { ids: [...ids] };
    const done = await this.#store.tell(() => this.#store.client.call('jobs.retry', { jobs, consent: false }));
    if (!done) return;
    const { retried, withheld, mended = 0, underWay = 0 } = done;
    this.#tellLeftAlone(done);
    if (withheld > 0) {
      const told = retried === 0 ? '' : `${waitsText(retried)} `;
      this.#store.toasts.warn(`${told}${count(withheld, 'photo')} held back: they may have been charged already.`, {
        label: 'Decide…',
        run: () => void this.#decideWithheld(ids),
      });
    } else if (retried > 0) this.#store.toasts.info(waitsText(retried));
    else if (mended + underWay === 0)
      this.#store.toasts.warn('None of these photos can be retried: only failed and canceled ones can.');
  }

  /** Has the user show where a missing photo is now. */
  async locate(id: number): Promise<void> {
    const answer = await this.#store.tell(() => this.#store.client.call('jobs.locate', { id }));
    if (answer?.kind === 'unsure') this.locating = answer;
    else if (answer) this.#tellLocated(answer);
  }

  /** It is the missing photo, as the user says. */
  async takeLocated({ token }: UnsureLocated): Promise<void> {
    const located = await this.#store.tell(() => this.#store.client.call('jobs.takeLocated', { token }));
    if (located) this.#tellLocated(located);
  }

  /** The user asked for one photo: the others that were found go on when he says so. */
  #tellLocated({ others }: Located): void {
    this.#store.toasts.info('The photo was found and waits to be enhanced.');
    if (others === null) return;
    const { photos } = others;
    const title = photos === 1 ? '1 more photo was found' : `${count(photos, 'more photo')} were found`;
    this.retrying = { ids: [], title, plan: { sent: photos, fetched: 0, withheld: 0, ids: [] }, found: others };
  }

  /** Photos that were found along with a missing one go on, too. */
  async takeFound({ token }: FoundAlong): Promise<void> {
    const taken = await this.#store.tell(() => this.#store.client.call('jobs.takeFound', { token }));
    if (taken === undefined) return;
    if (taken > 0) this.#store.toasts.info(waitsText(taken));
    else
      this.#store.toasts.info(
        'Nothing was sent: none of these photos is missing any more, or they were enhanced since.',
      );
  }

  /** Asks whether photos that were charged, or may have been, are to be sent again: those of them that would be. */
  async decide(ids: readonly number[], more: Partial<Pick<ConsentQuestion, 'canLeave' | 'gone'>> = {}): Promise<void> {
    if (ids.length === 0) return;
    const jobs = { ids: [...ids] };
    const plan = await this.#store.tell(() => this.#store.client.call('jobs.retryPlan', { jobs, consent: true }));
    if (!plan) return;
    this.#tellLeftAlone(plan);
    const { sent: photos, fetched, paid = 0, ids: again } = plan;
    if (photos > 0) this.consenting = { ids, again, photos, paid, canLeave: true, gone: false, ...more };
    else if (fetched > 0) await this.retry(again);
  }

  /** What photos will probably cost when they are sent again. */
  priceOf(photos: number): PhotoPrice {
    const { photoPrice } = this.#store;
    return { ...photoPrice, credits: photos * photoPrice.credits };
  }

  async payAgain({ again: ids, photos, paid }: ConsentQuestion): Promise<void> {
    const jobs = { ids: [...ids] };
    const done = await this.#store.tell(() => this.#store.client.call('jobs.retry', { jobs, consent: true }));
    if (!done) return;
    this.#tellLeftAlone(done);
    const they = done.retried === 1 ? 'It' : 'They';
    const again = paid === photos ? `${they} will be charged a second time.` : `${they} may be charged a second time.`;
    if (done.retried > 0) this.#store.toasts.info(`${waitsText(done.retried)} ${again}`);
  }

  async leave({ ids }: Pick<ConsentQuestion, 'ids'>): Promise<void> {
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
    if (uncertain.ids.length > 0) await this.decide(uncertain.ids);
    else this.#store.toasts.info('None of these photos is uncertain any more.');
  }

  async #anewAmong(chosen: Photos): Promise<void> {
    const gone = await this.#store.tell(() => goneOf(this.#store.client, chosen));
    if (!gone) return;
    if (gone.ids.length > 0) await this.decide(gone.ids, ANEW);
    else this.#store.toasts.info('No picture of these photos is missing any more.');
  }

  /** Consent is asked for exactly those that were held back, whatever the others do meanwhile. */
  #tellLeftAlone(left: Omit<LeftAlone, 'withheld'>): void {
    for (const text of leftAloneText(left)) this.#store.toasts.info(text);
    const { elsewhere = 0 } = left;
    if (elsewhere === 0) return;
    const are =
      elsewhere === 1
        ? 'is left as it is: switch the service in Settings to retry it'
        : 'are left as they are: switch the service in Settings to retry them';
    this.#store.toasts.warn(`${count(elsewhere, 'photo')} of another service ${are}.`);
  }

  async #decideWithheld(asked: readonly number[]): Promise<void> {
    const rows = await this.#store.tell(() => withheldOf(this.#store.client, asked));
    if (!rows) return;
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0) await this.decide(ids, { canLeave: false });
    else this.#store.toasts.info('Nothing is held back any more.');
  }
}

function sum(counts: StateCounts, states: readonly JobState[]): number {
  return states.reduce((all, state) => all + counts[state], 0);
}
