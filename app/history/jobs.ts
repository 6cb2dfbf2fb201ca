// The jobs of the history: the queue of record. Every change of state goes through `apply`, which is one transaction:
// the pure transition, the update that only succeeds from the state it was computed for, and the attempt's book.
import type { Database, Statement } from 'better-sqlite3';
import type { Job, PlannedJob, SavedOutput, StateCounts } from '../domain/batch.ts';
import { emptyCounts } from '../domain/batch.ts';
import type { Parameters } from '../domain/parameters.ts';
import type { JobEvent, JobState } from '../domain/job.ts';
import { IllegalTransition, JOB_STATES, transition } from '../domain/job.ts';
import type { AttemptFacts, Attempts } from './attempts.ts';
import type { JobRow } from './rows.ts';
import { toJob } from './rows.ts';

/** Which queued jobs the engine takes up anew; what is already paid for is always taken up. */
export type Scope =
  | { readonly kind: 'all' }
  | { readonly kind: 'batch'; readonly batchId: number }
  | { readonly kind: 'jobs'; readonly ids: readonly number[] };

/** What an event brings besides the change of state. */
export interface EventFacts {
  readonly metrics?: AttemptFacts;
  readonly output?: SavedOutput;
}

const SCOPES = {
  all: '',
  batch: 'AND batch_id = :batchId',
  jobs: 'AND id IN (SELECT value FROM json_each(:ids))',
} as const;

export class Jobs {
  readonly #db: Database;
  readonly #attempts: Attempts;
  readonly #insert: Statement;
  readonly #get: Statement;
  readonly #update: Statement;
  readonly #owed: Statement;
  readonly #claimable: Record<Scope['kind'], Statement>;
  readonly #nextDue: Statement;

  constructor(db: Database, attempts: Attempts) {
    this.#db = db;
    this.#attempts = attempts;
    this.#insert = db.prepare(
      `INSERT INTO job (batch_id, service, state, priority, source_path, source_bytes, source_mtime_ms, format, width,
                        height, out_dir, out_stem, created_at, updated_at)
       VALUES (:batchId, :service, 'queued', :priority, :sourcePath, :sourceBytes, :sourceMtimeMs, :format, :width,
               :height, :outDir, :outStem, :now, :now)`,
    );
    this.#get = db.prepare('SELECT * FROM job WHERE id = ?');
    this.#update = db.prepare(UPDATE_LIFE);
    this.#owed = db.prepare(CLAIM_OWED);
    this.#claimable = {
      all: db.prepare(claimNew('all')),
      batch: db.prepare(claimNew('batch')),
      jobs: db.prepare(claimNew('jobs')),
    };
    this.#nextDue = db.prepare(
      "SELECT min(not_before) FROM job WHERE state = 'queued' AND service = ? AND not_before > ?",
    );
  }

  /** Adds the jobs of a batch; call it inside the transaction that creates the batch. */
  insert(batch: { id: number; service: string }, planned: readonly PlannedJob[], priority: number, now: number): void {
    for (const job of planned) this.#insert.run({ ...job, batchId: batch.id, service: batch.service, priority, now });
  }

  get(id: number): Job | null {
    const row = this.#get.get(id) as JobRow | undefined;
    return row ? toJob(row) : null;
  }

  /**
   * Applies an event to a job and answers the job after it.
   * @throws {IllegalTransition} when the job's state does not allow it, also when another process changed it first
   */
  apply(id: number, event: JobEvent, now: number, facts: EventFacts = {}): Job {
    return this.#db
      .transaction(() => {
        const row = this.#get.get(id) as JobRow | undefined;
        if (!row) throw new RangeError(`there is no job ${id}`);
        const before = toJob(row);
        const life = transition(before, event);
        const { changes } = this.#update.run({
          id,
          was: before.state,
          state: life.state,
          attempts: life.attempts,
          notBefore: life.notBefore,
          requestId: life.request?.id ?? null,
          statusUrl: life.request?.statusUrl ?? null,
          responseUrl: life.request?.responseUrl ?? null,
          submittedAt: life.request?.submittedAt ?? null,
          outputUrl: life.outputUrl,
          failure: life.failure ? JSON.stringify(life.failure) : null,
          finishedAt: isSettled(life.state) ? now : null,
          forgetSource: event.type === 'requeue' ? 1 : 0,
          outputPath: facts.output?.path ?? null,
          outputBytes: facts.output?.bytes ?? null,
          outputHash: facts.output?.sha256 ?? null,
          outputWidth: facts.output?.width ?? null,
          outputHeight: facts.output?.height ?? null,
          now,
        });
        if (changes !== 1) throw new IllegalTransition(before.state, event.type, ': its state changed meanwhile');
        this.#attempts.record(before, event, now);
        const request = before.request ?? life.request;
        if (facts.metrics && request) this.#attempts.addFacts(before.service, request.id, facts.metrics);
        return toJob(this.#get.get(id) as JobRow);
      })
      .immediate();
  }

  /** Queued jobs whose picture may already be paid for, most urgent first. */
  owed(service: string, now: number, limit: number): number[] {
    return ids(this.#owed.all({ service, now, limit }));
  }

  /** Queued jobs to take up anew, in order. */
  claimable(service: string, scope: Scope, now: number, limit: number): number[] {
    const common = { service, now, limit };
    switch (scope.kind) {
      case 'all':
        return ids(this.#claimable.all.all(common));
      case 'batch':
        return ids(this.#claimable.batch.all({ ...common, batchId: scope.batchId }));
      case 'jobs':
        return ids(this.#claimable.jobs.all({ ...common, ids: JSON.stringify(scope.ids) }));
    }
  }

  /** When the next job that waits may be taken up (milliseconds since the epoch); null when none waits. */
  nextDue(service: string, now: number): number | null {
    return this.#nextDue.pluck().get(service, now) as number | null;
  }

  /** Jobs in any of the states, oldest first, a page at a time. */
  inStates(service: string, states: readonly JobState[], page: { after: number; limit: number }): Job[] {
    const rows = this.#db
      .prepare(
        `SELECT * FROM job WHERE state IN (SELECT value FROM json_each(?)) AND service = ? AND id > ? ORDER BY id LIMIT ?`,
      )
      .all(JSON.stringify(states), service, page.after, page.limit);
    return (rows as JobRow[]).map(toJob);
  }

  counts(service: string): StateCounts {
    // All states by name: so the counts come from the index on states alone.
    const all = JOB_STATES.map((state) => `'${state}'`).join(', ');
    return this.#count(
      `SELECT state, count(*) AS count FROM job WHERE state IN (${all}) AND service = ? GROUP BY state`,
      service,
    );
  }

  countsOfBatch(batchId: number): StateCounts {
    return this.#count('SELECT state, count(*) AS count FROM job WHERE batch_id = ? GROUP BY state', batchId);
  }

  /** How many jobs of a scope are still to be worked on by the engine. */
  unfinished(service: string, scope: Scope): number {
    const where = scope.kind === 'all' ? '' : SCOPES[scope.kind];
    const values =
      scope.kind === 'batch'
        ? { batchId: scope.batchId }
        : scope.kind === 'jobs'
          ? { ids: JSON.stringify(scope.ids) }
          : {};
    return this.#db
      .prepare(
        `SELECT count(*) FROM job WHERE state IN ('queued', 'preparing', 'submitting', 'processing', 'saving')
           AND service = :service ${where}`,
      )
      .pluck()
      .get({ service, ...values }) as number;
  }

  /** The latest job that was made of the same photo, unchanged, at the same service with the same parameters. */
  latestOfSame(service: string, parameters: Parameters, photo: PlannedJob): Job | null {
    const row = this.#db
      .prepare(
        `SELECT job.* FROM job JOIN batch ON batch.id = job.batch_id
         WHERE source_path = ? AND job.service = ? AND parameters_json = ?
           AND (source_bytes IS NULL OR (source_bytes = ? AND source_mtime_ms = ?))
         ORDER BY job.id DESC LIMIT 1`,
      )
      .get(photo.sourcePath, service, JSON.stringify(parameters), photo.sourceBytes, photo.sourceMtimeMs);
    return row ? toJob(row as JobRow) : null;
  }

  /** Remembers what was learned of a source while it was prepared. */
  setPrepared(id: number, prepared: { hash: string; uploadUrl: string }, now: number): void {
    this.#db
      .prepare(
        "UPDATE job SET source_sha256 = ?, upload_url = ?, uploaded_at = ?, updated_at = ? WHERE id = ? AND state = 'preparing'",
      )
      .run(prepared.hash, prepared.uploadUrl, now, now, id);
  }

  /** Records where the output is about to be published, before it is: a crash in between is then recognised. */
  setOutputPath(id: number, path: string): void {
    this.#db.prepare('UPDATE job SET output_path = ? WHERE id = ?').run(path, id);
  }

  /** Whether a path is the source of any job: such a file is never written to. */
  isSource(path: string): boolean {
    return this.#db.prepare('SELECT 1 FROM job WHERE source_path = ? LIMIT 1').get(path) !== undefined;
  }

  /**
   * Sources whose path ends in a file name, in any case of its ASCII letters: by them a source is recognised that another
   * path leads to. Looks through the names of all sources, so it is for the rare case.
   */
  sourcesNamed(name: string): string[] {
    return this.#db
      .prepare("SELECT DISTINCT source_path FROM job WHERE source_path LIKE '%' || ? ESCAPE '\\'")
      .pluck()
      .all(name.replace(/[\\%_]/g, '\\$&')) as string[];
  }

  /** Whether a path is a picture that Lightbatch made. */
  isOutput(path: string): boolean {
    return (
      this.#db.prepare('SELECT 1 FROM job WHERE output_path = ? AND output_path IS NOT NULL LIMIT 1').get(path) !==
      undefined
    );
  }

  #count(sql: string, value: string | number): StateCounts {
    const counts = emptyCounts();
    for (const row of this.#db.prepare(sql).all(value) as { state: JobState; count: number }[]) {
      counts[row.state] = row.count;
    }
    return counts;
  }
}

const UPDATE_LIFE = `
UPDATE job SET state = :state, attempts = :attempts, not_before = :notBefore, request_id = :requestId,
  status_url = :statusUrl, response_url = :responseUrl, submitted_at = :submittedAt, output_url = :outputUrl,
  failure_json = :failure, finished_at = :finishedAt, updated_at = :now,
  source_bytes = iif(:forgetSource, NULL, source_bytes), source_mtime_ms = iif(:forgetSource, NULL, source_mtime_ms),
  upload_url = iif(:forgetSource, NULL, upload_url),
  output_path = coalesce(:outputPath, output_path), output_bytes = coalesce(:outputBytes, output_bytes),
  output_sha256 = coalesce(:outputHash, output_sha256), output_width = coalesce(:outputWidth, output_width),
  output_height = coalesce(:outputHeight, output_height)
WHERE id = :id AND state = :was`;

/*
 * Both walk an index in the order in which jobs are taken up, so that taking one costs the same in a queue of ten or of
 * 100,000. The plus keeps SQLite from looking up what is due by time instead, and sorting all of it each time.
 */
const CLAIM_OWED = `
SELECT id FROM job WHERE state = 'queued' AND service = :service AND owed = 1 AND +not_before <= :now
ORDER BY priority DESC, id LIMIT :limit`;

function claimNew(scope: Scope['kind']): string {
  return `
SELECT id FROM job WHERE state = 'queued' AND service = :service AND owed = 0 AND +not_before <= :now ${SCOPES[scope]}
ORDER BY priority DESC, id LIMIT :limit`;
}

function ids(rows: unknown[]): number[] {
  return (rows as { id: number }[]).map((row) => row.id);
}

function isSettled(state: JobState): boolean {
  switch (state) {
    case 'succeeded':
    case 'uncertain':
    case 'failed':
    case 'canceled':
    case 'skipped':
      return true;
    case 'queued':
    case 'preparing':
    case 'submitting':
    case 'processing':
    case 'saving':
      return false;
  }
}
