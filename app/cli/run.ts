// Runs the engine until its scope is done, the queue stops or the user interrupts; tells how it goes and how it went.
import { PRACTICE_SERVICE } from '../domain/batch.ts';
import { dirname, sep } from 'node:path';
import type { Job } from '../domain/batch.ts';
import type { Failure } from '../domain/failure.ts';
import type { Engine, EngineStatus } from '../engine/engine.ts';
import { restingPhotos } from '../domain/watch.ts';
import type { Scope } from '../history/jobs.ts';
import type { Interrupts } from './interrupts.ts';
import type { Output } from './output.ts';
import { jobLine } from './output.ts';
import { createProgress, type Progress, type ProgressState } from './progress.ts';
import type { Session } from './session.ts';
import { Tally } from './tally.ts';
import { count, credits, duration, shown } from './text.ts';
import { EXIT } from './usage-error.ts';

export interface RunRequest {
  readonly scope: Scope;
  /** Whether jobs found uncertain from an earlier run are told as this run's. */
  readonly tellRecovered: boolean;
}

const TICK_MS = 250;

/** @returns the exit status */
export async function run(session: Session, output: Output, request: RunRequest): Promise<number> {
  const engine = session.engine(request.scope);
  const tally = new Tally(Date.now());
  const outDirs = new Set<string>();
  const progress = createProgress(output, session.service === PRACTICE_SERVICE ? 'PRACTICE ' : '');
  let state = look(session, engine, tally);
  const settled = (job: Job) => {
    if (job.state === 'succeeded' && job.output) outDirs.add(dirname(job.output.path));
    state = { ...state, done: state.done + 1, now: Date.now() };
    progress.settled(job, state);
    for (const summary of session.history.summaries.list({ jobIds: [job.id] })) output.emit(jobLine(summary));
  };
  engine.onJob((job) => {
    if (tally.note(job, Date.now())) settled(job);
  });
  const tellHeld = heldTeller(progress, output);
  const timer = setInterval(() => {
    try {
      state = look(session, engine, tally);
      tellHeld(state.status);
      progress.update(state);
    } catch {
      // The history cannot be read just now. The engine meets the same and stops for it; showing it must not end a run.
    }
  }, TICK_MS);
  const interrupt = interruption(session.interrupts, engine, progress);
  try {
    const { uncertain } = await engine.start();
    if (request.tellRecovered) {
      tally.add(uncertain, 'uncertain');
      for (const summary of session.history.summaries.list({ jobIds: uncertain })) output.emit(jobLine(summary));
    } else if (uncertain.length > 0) {
      progress.warn(
        `${count(uncertain.length, 'photo')} of an earlier run may have been charged: see “history --status uncertain”.`,
      );
    }
    const stopped = await Promise.race([engine.idle(), interrupt.happened]);
    await engine.stop();
    const status = engine.status();
    tellHeld(status);
    progress.stop();
    tally.add(canceledBeside(session, request.scope, tally.startedAt), 'canceled');
    const interrupted = interrupt.interrupted();
    return conclude(session, output, { tally, stopped, outDirs, interrupted, held: waitedFor(status) });
  } finally {
    interrupt.dispose();
    clearInterval(timer);
    progress.stop();
  }
}

export function look(session: Session, engine: Engine, tally: Tally): ProgressState {
  const status = engine.status();
  const done = tally.ids.length;
  const now = Date.now();
  const spent = session.history.attempts.creditsSince(session.service, tally.startedAt);
  return { total: done + status.unfinished - restingPhotos(status.resting), done, tally, status, credits: spent, now };
}

/** Tells of each output folder that takes no files when that is found, and again when it was back in between. */
export function heldTeller(progress: Pick<Progress, 'warn'>, output: Output): (status: EngineStatus) => void {
  let told: readonly string[] = [];
  return (status) => {
    const held = waitedFor(status);
    for (const { folder, photos, failure } of held) {
      if (told.includes(folder)) continue;
      const { code, message, detail } = failure;
      progress.warn(detail ? `${message} (${detail})` : message);
      output.emit({ type: 'held', folder, photos, code, message, detail: detail ?? null });
    }
    told = held.map(({ folder }) => folder);
  };
}

export function waitedFor({ heldFolders }: EngineStatus): EngineStatus['heldFolders'] {
  return heldFolders.filter(({ photos }) => photos > 0);
}

/** Ctrl-C once stops cleanly, twice at once. */
export function interruption(
  interrupts: Interrupts,
  engine: Pick<Engine, 'stop'>,
  progress: Pick<Progress, 'warn' | 'stop'>,
) {
  const happened = Promise.withResolvers<null>();
  let interrupted = false;
  interrupts.handle(() => {
    if (interrupted) {
      progress.stop(); // gives the terminal its cursor back
      process.exit(EXIT.interrupted);
    }
    interrupted = true;
    progress.warn('Stopping: nothing new is sent, and what is under way is kept. Press Ctrl-C again to stop at once.');
    engine.stop().then(() => happened.resolve(null), happened.reject);
  });
  return {
    happened: happened.promise,
    interrupted: () => interrupted,
    dispose: () => interrupts.handle(null),
  };
}

/** Photos of the run that another process canceled while they waited: nobody here heard of it. */
function canceledBeside({ history, service }: Session, scope: Scope, since: number): number[] {
  const within =
    scope.kind === 'batch' ? { batchId: scope.batchId } : scope.kind === 'jobs' ? { jobIds: scope.ids } : {};
  const canceled = history.summaries.list({ service, states: ['canceled'], ...within });
  return [...canceled].filter(({ job }) => (job.finishedAt ?? 0) >= since).map(({ job }) => job.id);
}

export interface Conclusion {
  readonly tally: Tally;
  readonly stopped: Failure | null;
  readonly outDirs: ReadonlySet<string>;
  readonly interrupted: boolean;
  readonly held: EngineStatus['heldFolders'];
}

/** Tells how it went. @returns the exit status */
export function conclude(session: Session, output: Output, end: Conclusion): number {
  const { tally, stopped, interrupted } = end;
  const counts = tally.counts();
  const seconds = (Date.now() - tally.startedAt) / 1_000;
  const spent = session.history.attempts.creditsSince(session.service, tally.startedAt);
  const place = end.outDirs.size === 0 ? '' : ` -> ${shown(commonFolder([...end.outDirs]))}`;
  const practice = session.service === PRACTICE_SERVICE ? ' (practice, not Bria)' : '';
  output.say(`Enhanced ${count(counts.succeeded, 'photo')} in ${duration(seconds)}${place}${practice}`);
  for (const line of remarks(session, counts, spent, interrupted)) output.say(line);
  if (stopped) {
    output.warn(`The queue stopped. ${stopped.message}${stopped.detail ? ` (${stopped.detail})` : ''}`);
    output.emit({ type: 'stopped', code: stopped.code, message: stopped.message, detail: stopped.detail ?? null });
  }
  for (const { folder, photos } of end.held) {
    output.warn(
      `${count(photos, 'photo')} ${photos === 1 ? 'waits' : 'wait'} for the output folder ${shown(folder)}: ` +
        'bring it back and “resume”, or give up what is not paid for with “cancel”.',
    );
  }
  output.summary(counts, spent, seconds);
  if (interrupted) return EXIT.interrupted;
  if (stopped) return EXIT.stopped;
  return counts.failed + counts.uncertain > 0 ? EXIT.failures : EXIT.well;
}

function remarks(session: Session, counts: ReturnType<Tally['counts']>, spent: number, interrupted: boolean): string[] {
  const resting = restingPhotos(session.resting());
  const left = session.history.jobs.unfinished(session.service, { kind: 'all' }) - resting;
  return [
    spent > 0 && session.service !== PRACTICE_SERVICE ? `${credits(spent)} were charged.` : '',
    counts.skipped > 0 ? `${count(counts.skipped, 'photo')} skipped: already enhanced.` : '',
    counts.canceled > 0 ? `${count(counts.canceled, 'photo')} canceled.` : '',
    counts.failed > 0
      ? `${count(counts.failed, 'photo')} failed: “history --status failed” tells why, “retry” tries again.`
      : '',
    counts.uncertain > 0
      ? `${count(counts.uncertain, 'photo')} may have been charged without a result: “retry --uncertain” submits again, and may be charged twice.`
      : '',
    left > 0 ? `${count(left, 'photo')} unfinished${interrupted ? ', and safe' : ''}: “resume” goes on.` : '',
    restingText(resting),
  ].filter((line) => line !== '');
}

/** Photos in the queue that no run sends now; empty when there are none. */
export function restingText(photos: number): string {
  if (photos === 0) return '';
  const wait = `${count(photos, 'queued photo')} ${photos === 1 ? 'waits' : 'wait'}`;
  return `${wait}: the watch folder is paused or outside its hours. “watch” with the folder’s name ends a pause.`;
}

function commonFolder(folders: readonly string[]): string {
  const [first = [], ...others] = folders.map((folder) => folder.split(sep));
  const parts = [...first];
  for (const other of others) {
    while (parts.length > 0 && parts.some((part, index) => other[index] !== part)) parts.pop();
  }
  return parts.join(sep) || sep;
}
