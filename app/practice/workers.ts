// The workers of the practice service: take requests up in order, have their pictures made, and end them: billed once,
// and never announced as completed before the file is there.
import { rename, rm } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../lib/clock.ts';
import { sleep } from '../lib/clock.ts';
import type { Account } from './account.ts';
import { retouchSettings } from './enhance.ts';
import type { Retouch } from './options.ts';
import type { PictureStore } from './pictures.ts';
import type { RequestBook, RequestRecord } from './requests.ts';
import { resultName } from './requests.ts';

export const NO_IMAGE = 'could not fetch image';

interface WorkersOptions {
  readonly book: RequestBook;
  readonly pictures: PictureStore;
  readonly account: Account;
  readonly clock: Clock;
  readonly retouch: Retouch;
  /** How many requests are worked on at once. */
  readonly count: number;
}

export class Workers {
  readonly #options: WorkersOptions;
  readonly #stop = new AbortController();
  /** Ids in the order of their numbers. */
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  /** Work other than waiting for the clock: what `settled` and `stop` wait for. */
  #busy = 0;

  constructor(options: WorkersOptions) {
    if (!(options.count >= 1)) throw new RangeError(`there must be at least one worker, not ${options.count}`);
    this.#options = options;
  }

  /** Takes up what the book holds from before, and makes results again whose files are gone. */
  async start(): Promise<void> {
    const { book, pictures } = this.#options;
    for (const record of book.all()) {
      if (await this.#lostItsFile(record)) {
        const upload = record.upload && (await pictures.find(record.upload.name));
        if (upload) book.show({ ...record, outcome: null, endedAt: null }); // its cost stays: it is not billed again
      }
    }
    for (const record of book.all()) if (record.outcome === null) this.add(record);
  }

  /** A request without an outcome, to be worked on when its turn comes. */
  add(record: RequestRecord): void {
    this.#waiting.add(record.id);
    void this.#wake(record);
  }

  async settled(): Promise<void> {
    // A clock's callback resolves a promise; what waits for that goes on before the next turn of the loop.
    do await setImmediate();
    while (this.#busy > 0);
  }

  /** Takes up nothing more; resolves when nothing works any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.settled();
  }

  async #wake(record: RequestRecord): Promise<void> {
    const { clock } = this.#options;
    const wait = () => record.submittedAt + record.queueMs - clock.now();
    // Again and again, because a timer may fire a moment before its time by the clock.
    while (wait() > 0) if (!(await sleep(clock, wait(), this.#stop.signal))) return;
    this.#takeUp();
  }

  #takeUp(): void {
    const { book, clock, count } = this.#options;
    for (const id of this.#waiting) {
      if (this.#running.size >= count || this.#stop.signal.aborted) return;
      const record = book.get(id);
      if (record && clock.now() < record.submittedAt + record.queueMs) continue; // wakes by itself
      this.#waiting.delete(id);
      if (!record) continue;
      this.#running.add(id);
      void this.#run(record).finally(() => {
        this.#running.delete(id);
        this.#takeUp();
      });
    }
  }

  /** Never rejects: whatever goes wrong is the end of the request. */
  async #run(record: RequestRecord): Promise<void> {
    const { account, book, clock } = this.#options;
    const { signal } = this.#stop;
    const started = { ...record, startedAt: record.startedAt ?? clock.now() };
    const problem = await this.#working(async () => {
      await book.save(started);
      return await this.#make(started);
    });
    if (record.fate?.kind === 'never-done') {
      if (await sleep(clock, book.expiresAt(record) - clock.now(), signal)) account.release();
      return;
    }
    // False when the service stops: a problem may be the stop's own doing then, so all is left for the next start.
    if (!(await sleep(clock, started.startedAt + record.latencyMs - clock.now(), signal))) return;
    const unwritten = await this.#working(() => this.#end(started, problem));
    if (unwritten === null) return;
    // It is not billed, and a restart tries again.
    book.show({ ...started, endedAt: clock.now(), outcome: 'FAILED', error: unwritten });
  }

  /** Does real work, as opposed to waiting for the clock; answers what went wrong, or null. */
  async #working(work: () => Promise<string | null>): Promise<string | null> {
    this.#busy += 1;
    try {
      return await work();
    } catch (error) {
      return `the practice service failed: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      this.#busy -= 1;
    }
  }

  /** Makes the picture unless it is there already. @returns why the request fails, or null */
  async #make(record: RequestRecord): Promise<string | null> {
    const { pictures, retouch } = this.#options;
    if (record.fate?.kind === 'fail') return record.fate.error;
    if (record.problem !== null) return record.problem;
    if (record.fate?.kind === 'no-output' || record.fate?.kind === 'never-done') return null;
    const name = resultName(record);
    if ((await pictures.size(pictures.resultPath(name))) !== null) return null;
    const upload = record.upload && (await pictures.find(record.upload.name));
    if (!upload || !record.parameters) return `${NO_IMAGE}: it is no longer in the practice storage`;
    if (!upload.format) return 'unsupported image format: the model reads JPEG, PNG and WebP';
    const part = pictures.partPath(name);
    try {
      const settings = retouchSettings(record.parameters, upload.format);
      await retouch({ source: pictures.uploadPath(upload.name), target: part, settings });
      await rename(part, pictures.resultPath(name));
      return null;
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }

  async #end(record: RequestRecord, problem: string | null): Promise<null> {
    const { account, book, clock } = this.#options;
    const end = { ...record, endedAt: clock.now() };
    const billed = record.cost !== null; // before a restart, when its file was lost
    if (problem !== null) {
      if (!billed) account.release();
      await book.save({ ...end, outcome: 'FAILED', error: problem });
      return null;
    }
    const bill = billed ? { cost: record.cost, remaining: record.remaining } : account.charge();
    try {
      await book.save({ ...end, outcome: 'COMPLETED', ...bill });
    } catch (error) {
      if (!billed) account.refund();
      throw error;
    }
    return null;
  }

  async #lostItsFile(record: RequestRecord): Promise<boolean> {
    if (record.outcome !== 'COMPLETED' || record.fate?.kind === 'no-output') return false;
    const { pictures } = this.#options;
    return (await pictures.size(pictures.resultPath(resultName(record)))) === null;
  }
}
