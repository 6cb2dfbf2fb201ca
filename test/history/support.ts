// What the tests of the history share: a history in a temp folder, photos to enhance, and the lives of jobs in a few words.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HistoryFilterInput } from '../../app/contract/inputs.ts';
import type { Batch, Job, PlannedJob } from '../../app/domain/batch.ts';
import type { Failure } from '../../app/domain/failure.ts';
import type { JobEvent, ServiceRequest } from '../../app/domain/job.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { History } from '../../app/history/history.ts';
import type { NewBatch } from '../../app/history/batches.ts';
import type { EventFacts } from '../../app/history/jobs.ts';
import { ManualClock } from '../fakes/clock.ts';

export const SERVICE = 'https://api.example';

/** The filter that leaves nothing out. */
export const EVERYTHING: HistoryFilterInput = {
  text: '',
  states: [],
  from: null,
  to: null,
  folder: null,
  failureCode: null,
  batchId: null,
  undecided: false,
};

export function tempDir(): string {
  return mkdtempSync(join(tmpdir(), 'lightbatch-history-'));
}

export function planned(n: number): PlannedJob {
  return {
    sourcePath: `/photos/${n}.jpg`,
    sourceBytes: 1_000 + n,
    sourceMtimeMs: 5_000.25 + n,
    format: 'jpeg',
    width: 6_000,
    height: 4_000,
    outDir: '/photos/enhanced',
    outStem: `${n}`,
  };
}

export function newBatch(count: number, more: Partial<NewBatch> = {}): NewBatch {
  return {
    name: 'Wedding',
    service: SERVICE,
    parameters: DEFAULT_PARAMETERS,
    output: { onExists: 'skip', template: '{name}', maxUploadMegapixels: 25 },
    jobs: Array.from({ length: count }, (_, index) => planned(index + 1)),
    ...more,
  };
}

export function request(id: string): ServiceRequest {
  return { id, statusUrl: `${SERVICE}/${id}/status`, responseUrl: `${SERVICE}/${id}`, submittedAt: 42 };
}

/** A history of its own, with the folder it is in. */
export class TestHistory implements Disposable {
  readonly dir: string;
  readonly clock = new ManualClock();
  #history: History;

  constructor(dir = tempDir()) {
    this.dir = dir;
    this.#history = this.#own();
  }

  get history(): History {
    return this.#history;
  }

  /** As if the program was started anew. */
  reopen(): History {
    this.#history[Symbol.dispose]();
    this.#history = this.#own();
    return this.#history;
  }

  visit(): History {
    return History.visit({ dir: this.dir, clock: this.clock });
  }

  batch(count: number, more: Partial<NewBatch> = {}): { batch: Batch; ids: number[] } {
    const batch = this.#history.batches.create(newBatch(count, more), this.clock.now());
    return { batch, ids: this.#history.summaries.ids({ batchId: batch.id }) };
  }

  /** A batch of one job. */
  job(more: Partial<NewBatch> = {}): number {
    const [id = 0] = this.batch(1, more).ids;
    return id;
  }

  apply(id: number, event: JobEvent, facts?: EventFacts): Job {
    this.clock.jump(1);
    return this.#history.jobs.apply(id, event, this.clock.now(), facts);
  }

  /** Claims, submits and has accepted. */
  accepted(id: number, requestId: string): Job {
    this.apply(id, { type: 'claim' });
    this.apply(id, { type: 'submit' });
    return this.apply(id, { type: 'accept', request: request(requestId) });
  }

  /** Up to a finished picture that is not saved. */
  completed(id: number, requestId: string): Job {
    this.accepted(id, requestId);
    return this.apply(id, { type: 'complete', outputUrl: `${SERVICE}/${requestId}.jpg` });
  }

  fail(id: number, failure: Failure, over = false): Job {
    return this.apply(id, { type: 'fail', failure, over });
  }

  [Symbol.dispose](): void {
    this.#history[Symbol.dispose]();
    rmSync(this.dir, { recursive: true, force: true });
  }

  #own(): History {
    return History.own({ dir: this.dir, clock: this.clock, program: 'the test' });
  }
}
