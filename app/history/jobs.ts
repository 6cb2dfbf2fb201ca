// The jobs of the history: the queue of record. Every change of state goes through `apply`, which is one transaction:
// the pure transition, the update that only succeeds from the state it was computed for, and the attempt's book.
import { basename, dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { Job, PlannedJob, SavedOutput, StateCounts } from '../domain/batch.ts';
import { PRACTICE_SERVICE } from '../domain/batch.ts';
import type { Parameters } from '../domain/parameters.ts';
import type { FailureCode } from '../domain/failure.ts';
import type { JobEvent, JobState } from '../domain/job.ts';
import { IllegalTransition, isSettled, transition } from '../domain/job.ts';
import type { AttemptFacts, Attempts } from './attempts.ts';
import type { JobStatements } from './job-sql.ts';
import { plannedValues, prepareJobStatements } from './job-sql.ts';
import type { JobRow } from './rows.ts';
import { toCounts, toJob } from './rows.ts';

/** Which queued jobs the engine takes up anew; what is already paid for is always taken up. */
export type Scope =
  | { readonly kind: 'all' }
  | { readonly kind: 'batch'; readonly batchId: number }
  | { readonly kind: 'jobs'; readonly ids: readonly number[] }
  /** Of these watch folders, whenever their batches were made. */
  | { readonly kind: 'watches'; readonly watchIds: readonly number[] };

/** What an event brings besides the change of state. */
export interface EventFacts {
  readonly metrics?: AttemptFacts;
  readonly output?: SavedOutput;
}

/** Where the photo of a job is, what it is, and where its result goes. */
export type SourcePlace = Pick<PlannedJob, 'sourcePath' | 'sourceBytes' | 'sourceMtimeMs' | 'outDir'> & {
  /** SHA-256 in hex; null when it was not read. */
  readonly sourceHash: string | null;
};

/** What to take of the queue. */
export interface Take {
  /** Milliseconds since the epoch: what is to wait longer is left. */
  readonly now: number;
  readonly limit: number;
  /** Output folders that take no files at the moment. */
  readonly held?: readonly string[];
}

export class Jobs {
  readonly #db: Database;
  readonly #attempts: Attempts;
  readonly #sql: JobStatements;
  readonly #onMoved: () => void;

  /** @param onMoved the photo of a job got another name or folder */
  constructor(db: Database, attempts: Attempts, onMoved: () => void = () => undefined) {
    this.#db = db;
    this.#attempts = attempts;
    this.#onMoved = onMoved;
    this.#sql = prepareJobStatements(db);
  }

  /**
   * Adds the jobs of a batch; call it inside the transaction that creates the batch, or that decides on them.
   * @returns their ids, in order
   */
  insert(
    batch: { id: number; service: string },
    planned: readonly PlannedJob[],
    priority: number,
    now: number,
  ): number[] {
    if (planned.length === 0) return [];
    const jobs = JSON.stringify(planned.map(plannedValues));
    const values = { batchId: batch.id, service: batch.service, priority, now, jobs };
    const last = Number(this.#sql.insert.run(values).lastInsertRowid);
    // One statement numbers its rows one after the other: nobody else writes meanwhile.
    return planned.map((_, index) => last - planned.length + 1 + index);
  }

  get(id: number): Job | null {
    const row = this.#sql.get.get(id) as JobRow | undefined;
    return row ? toJob(row) : null;
  }

  /**
   * Applies an event to a job and answers the job after it.
   * @throws {IllegalTransition} when the job's state does not allow it, also when another process changed it first
   */
  apply(id: number, event: JobEvent, now: number, facts: EventFacts = {}): Job {
    return this.#db
      .transaction(() => {
        const row = this.#sql.get.get(id) as JobRow | undefined;
        if (!row) throw new RangeError(`there is no job ${id}`);
        const before = toJob(row);
        const life = transition(before, event);
        const { changes } = this.#sql.update.run({
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
        return toJob(this.#sql.get.get(id) as JobRow);
      })
      .immediate();
  }

  /**
   * Queued jobs whose picture may already be paid for, most urgent first. Those of held folders only while their request
   * is still to be asked about, which needs no folder and cannot wait: its record lives an hour.
   */
  owed(service: string, { now, limit, held = [] }: Take): number[] {
    const values = { service, now, limit };
    if (held.length === 0) return this.#sql.owed.all(values) as number[];
    return this.#sql.owedBeside.all({ ...values, held: JSON.stringify(held) }) as number[];
  }

  /** How many jobs of a service may be paid for while their picture is still to come, with those just being sent. */
  owedAt(service: string): number {
    return this.#sql.owedAt.get({ service }) as number;
  }

  /**
   * Jobs of other services than this one, and than practice, whose picture may be paid for and is still to come. Null is
   * no service: then those of all.
   * @param since leaves out what was sent before (milliseconds since the epoch)
   */
  owedElsewhere(service: string | null, since = 0): { photos: number; oldestSubmittedAt: number | null } {
    const values = { service: service ?? '', practice: PRACTICE_SERVICE, since };
    return this.#sql.owedElsewhere.get(values) as { photos: number; oldestSubmittedAt: number | null };
  }

  /** Queued jobs to take up anew, in order; none of held folders. */
  claimable(service: string, scope: Scope, { now, limit, held = [] }: Take): number[] {
    const values = { service, now, limit, ...valuesOf(scope) };
    if (held.length === 0) return this.#sql.claimable[scope.kind].all(values) as number[];
    return this.#sql.claimableBeside[scope.kind].all({ ...values, held: JSON.stringify(held) }) as number[];
  }

  /**
   * How many queued jobs of a scope have each of these output folders; folders without any are left out.
   * @param resting watch folders whose photos do not wait for that alone: they do not count
   */
  waitingIn(
    service: string,
    scope: Scope,
    folders: readonly string[],
    resting: readonly number[] = [],
  ): Map<string, number> {
    const lists = { folders: JSON.stringify(folders), resting: JSON.stringify(resting) };
    const values = { service, ...lists, ...valuesOf(scope) };
    const rows = this.#sql.waitingIn[scope.kind].all(values) as { folder: string; photos: number }[];
    return new Map(rows.map(({ folder, photos }) => [folder, photos]));
  }

  /** Whether any queued job has this output folder. */
  waitsIn(service: string, folder: string): boolean {
    return this.#sql.waitsIn.get(service, folder) !== undefined;
  }

  /** When the next job that waits may be taken up (milliseconds since the epoch); null when none waits. */
  nextDue(service: string, now: number): number | null {
    return this.#sql.nextDue.get(service, now) as number | null;
  }

  /** Jobs in any of the states, oldest first, a page at a time. */
  inStates(service: string, states: readonly JobState[], page: { after: number; limit: number }): Job[] {
    const rows = this.#sql.inStates.all(JSON.stringify(states), service, page.after, page.limit);
    return (rows as JobRow[]).map(toJob);
  }

  counts(service: string): StateCounts {
    return toCounts(this.#sql.counts.get(service) as StateCounts);
  }

  /** How many jobs of a service are in one state. */
  countIn(service: string, state: JobState): number {
    return this.counts(service)[state];
  }

  countsOfBatch(batchId: number): StateCounts {
    return toCounts(this.#sql.countsOfBatch.get(batchId) as StateCounts);
  }

  /** How many jobs of a scope are still to be worked on by the engine. */
  unfinished(service: string, scope: Scope): number {
    return this.#sql.unfinished[scope.kind].get({ service, ...valuesOf(scope) }) as number;
  }

  /** The latest job that was made of the same photo, unchanged, at the same service with the same parameters. */
  latestOfSame(
    service: string,
    parameters: Parameters,
    photo: Pick<PlannedJob, 'sourcePath' | 'sourceBytes' | 'sourceMtimeMs'>,
  ): Job | null {
    const { sourcePath, sourceBytes, sourceMtimeMs } = photo;
    const id = this.#sql.latestOfSame.get(sourcePath, service, JSON.stringify(parameters), sourceBytes, sourceMtimeMs);
    return id === undefined ? null : this.get(id as number);
  }

  /**
   * The batch in which the photo of an ended job was enhanced after all: one that was made after the job had ended, of
   * the same unchanged photo, at the same service, with any parameters. Null when there is none, and while the job holds
   * something that can be fetched for nothing.
   */
  mendedIn(id: number): number | null {
    return (this.#sql.mendedIn.get(id) ?? null) as number | null;
  }

  /**
   * Another job in one of these states that makes of the photo of an ended job what that was to make, or was made in its
   * stead after it had ended. Null when there is none, and while the job holds something that can be fetched for nothing.
   */
  twinOf(id: number, states: readonly JobState[]): number | null {
    return (this.#sql.twinsOf.get({ id, states: JSON.stringify(states) }) ?? null) as number | null;
  }

  /** All jobs in these states that `twinOf` finds once they are back in the queue: they take their photos as they are then. */
  twinsOnceBack(id: number, states: readonly JobState[]): number[] {
    return this.#sql.twinsOnceBack.all({ id, states: JSON.stringify(states) }) as number[];
  }

  /** `mendedIn`, were the photo of the job at another place. */
  mendedAt(id: number, { sourcePath, sourceBytes, sourceMtimeMs, sourceHash }: SourcePlace): number | null {
    const place = { sourcePath, sourceBytes, sourceMtimeMs, sourceHash };
    return (this.#sql.mendedAt.get({ id, ...place }) ?? null) as number | null;
  }

  /** The photo of a job is somewhere else now. Where it was stays known as a photo's place, which is never written to. */
  moveSource(id: number, to: SourcePlace): void {
    const { sourcePath, sourceBytes, sourceMtimeMs, sourceHash, outDir } = to;
    const [folder, name] = [dirname(sourcePath), basename(sourcePath)];
    this.#db
      .transaction(() => {
        this.#sql.keepSource.run({ id, sourcePath });
        this.#sql.moveSource.run({ id, sourcePath, folder, name, sourceBytes, sourceMtimeMs, sourceHash, outDir });
      })
      .immediate();
    this.#onMoved();
  }

  /** Remembers what was learned of a source while it was prepared. */
  setPrepared(id: number, prepared: { hash: string; uploadUrl: string }, now: number): void {
    this.#sql.setPrepared.run(prepared.hash, prepared.uploadUrl, now, now, id);
  }

  /** Records where the output is about to be published, before it is: a crash in between is then recognised. */
  setOutputPath(id: number, path: string): void {
    this.#sql.setOutputPath.run(path, id);
  }

  /** Whether a path is the source of any job: such a file is never written to. */
  isSource(path: string): boolean {
    return this.#sql.isSource.get(path) !== undefined;
  }

  /**
   * Sources whose path ends in a file name, in any case of its ASCII letters: by them a source is recognised that another
   * path leads to. Looks through the names of all sources, so it is for the rare case.
   */
  sourcesNamed(name: string): string[] {
    return this.#sql.sourcesNamed.all(name.replace(/[\\%_]/g, '\\$&')) as string[];
  }

  /** Whether a path is a picture that Lightbatch made. */
  isOutput(path: string): boolean {
    return this.#sql.isOutput.get(path) !== undefined;
  }

  /** Whether a content (SHA-256 in hex) is a picture that Lightbatch made, also when its job was removed. */
  isOutputContent(sha256: string): boolean {
    return this.#sql.isOutputContent.get(sha256) !== undefined;
  }

  /** Jobs that were made of a content (SHA-256 in hex) at a service with these parameters, newest first. */
  byContent(service: string, parameters: Parameters, sha256: string): Job[] {
    return this.#byIds(this.#sql.byContent.all(sha256, service, JSON.stringify(parameters)));
  }

  /**
   * The ids of unfinished jobs of photos of this size in bytes whose content was not read yet, oldest first. Null for those
   * that take their photo as it is when their turn comes.
   */
  unread(service: string, parameters: Parameters, bytes: number | null): number[] {
    return this.#sql.unread.all(service, bytes, JSON.stringify(parameters)) as number[];
  }

  /** Remembers the content of a source, unless it is known. */
  setSourceHash(id: number, sha256: string): void {
    this.#sql.setSourceHash.run(sha256, id);
  }

  /** The source has another content by now than was remembered. */
  replaceSourceHash(id: number, sha256: string): void {
    this.#sql.replaceSourceHash.run(sha256, id);
  }

  /** Queued jobs that wait for something, by the code of their failure, wait no longer. */
  recall(service: string, code: FailureCode): void {
    this.#sql.recall.run(code, service);
  }

  /** Jobs whose result has or gets a name, in any case of its ASCII letters, oldest first. */
  byTarget(outDir: string, outStem: string): Job[] {
    return this.#byIds(this.#sql.byTarget.all(outDir, outStem));
  }

  /**
   * What is mostly not found is asked for by id alone: better-sqlite3 names all columns of a row anew at each call, found
   * or not, which takes as long as the search itself.
   */
  #byIds(ids: unknown[]): Job[] {
    return ids.flatMap((id) => this.get(id as number) ?? []);
  }
}

function valuesOf(scope: Scope): Record<string, string | number> {
  switch (scope.kind) {
    case 'all':
      return {};
    case 'batch':
      return { batchId: scope.batchId };
    case 'jobs':
      return { ids: JSON.stringify(scope.ids) };
    case 'watches':
      return { watchIds: JSON.stringify(scope.watchIds) };
  }
}
