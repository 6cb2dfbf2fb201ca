// How far a run is: a bar on a terminal, a line for each photo in a pipe.
import { basename } from 'node:path';
import { SingleBar } from 'cli-progress';
import type { Job } from '../domain/batch.ts';
import { restingPhotos } from '../domain/watch.ts';
import type { EngineStatus } from '../engine/engine.ts';
import type { Output } from './output.ts';
import { reason } from './output.ts';
import type { Tally } from './tally.ts';
import { count, credits, duration, printable, shown } from './text.ts';

export interface ProgressState {
  readonly total: number;
  readonly done: number;
  readonly tally: Tally;
  readonly status: EngineStatus;
  readonly credits: number;
  readonly now: number;
}

export interface Progress {
  settled(job: Job, state: ProgressState): void;
  /** A line about trouble, beside whatever shows how far it is. */
  warn(line: string): void;
  update(state: ProgressState): void;
  stop(): void;
}

export function createProgress(output: Output, mark: string): Progress {
  return output.human.isTTY && !output.json ? new BarProgress(output, mark) : new LineProgress(output);
}

/** One line for each photo that is done. */
class LineProgress implements Progress {
  readonly #output: Output;
  #told = '';

  constructor(output: Output) {
    this.#output = output;
  }

  settled(job: Job, { done, total }: ProgressState): void {
    this.#output.say(`[${done}/${total}] ${sentence(job)}`);
  }

  warn(line: string): void {
    this.#output.warn(line);
  }

  update(state: ProgressState): void {
    const told = hold(state);
    if (told !== '' && told !== this.#told) this.#output.say(told);
    this.#told = told;
  }

  stop(): void {
    // Every line is already out.
  }
}

/** A bar that stays in the last line; failures are printed above it. */
class BarProgress implements Progress {
  readonly #output: Output;
  readonly #bar: SingleBar;
  readonly #mark: string;
  #started = false;
  #last: ProgressState | null = null;

  constructor(output: Output, mark: string) {
    this.#output = output;
    this.#mark = mark;
    this.#bar = new SingleBar({
      stream: output.human,
      format: '{mark}{bar} {value}/{total}  {details}',
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      linewrap: false,
      gracefulExit: false,
      fps: 8,
    });
  }

  settled(job: Job, state: ProgressState): void {
    if (job.state === 'failed' || job.state === 'uncertain') this.warn(sentence(job));
    this.update(state);
  }

  /** Ends the bar and begins it anew below the line: it remembers the row it began in, and clears that when it ends. */
  warn(line: string): void {
    this.stop();
    this.#output.human.write(`${printable(line)}\n`);
    if (this.#last) this.update(this.#last);
  }

  update(state: ProgressState): void {
    this.#last = state;
    const payload = { mark: this.#mark, details: printable(details(state)) };
    if (this.#started) {
      this.#bar.setTotal(state.total);
      this.#bar.update(state.done, payload);
    } else {
      this.#bar.start(state.total, state.done, payload);
      this.#started = true;
    }
  }

  stop(): void {
    if (this.#started) this.#bar.stop();
    this.#started = false;
  }
}

function details(state: ProgressState): string {
  const held = hold(state);
  if (held !== '') return held;
  const { failed, uncertain, skipped } = state.tally.counts();
  const rate = state.tally.rate(state.now);
  const parts = [
    failed > 0 ? `${failed} failed` : '',
    uncertain > 0 ? `${uncertain} uncertain` : '',
    skipped > 0 ? `${skipped} skipped` : '',
    state.status.atService > 0 ? `${state.status.atService} at the service` : '',
    rate === null ? '' : `${(rate * 60).toFixed(rate * 60 < 10 ? 1 : 0)} a minute`,
    rate === null ? '' : `${duration((state.total - state.done) / rate)} left`,
    state.credits > 0 ? credits(state.credits) : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** Why nothing goes out at the moment; empty when nothing keeps it. */
export function hold({ status, now }: ProgressState): string {
  if (status.stopped) return `Stopping: ${status.stopped.message}`;
  if (status.heldUntil !== null)
    return `The service cannot be reached; trying again in ${until(status.heldUntil, now)}.`;
  if (status.storageSlowUntil !== null) {
    return `The storage asks to slow down; trying again in ${until(status.storageSlowUntil, now)}.`;
  }
  if (status.limitedUntil !== null) return 'The service asks to slow down; waiting for its next minute.';
  const held = status.heldFolders.filter(({ photos }) => photos > 0);
  const waiting = held.reduce((sum, { photos }) => sum + photos, 0);
  // Only when nothing else goes on: that a folder is held is told by the run, once.
  if (waiting === 0 || waiting < status.unfinished - restingPhotos(status.resting)) return '';
  const place =
    held.length === 1 ? `the output folder ${shown(held[0]?.folder ?? '')}` : `${held.length} output folders`;
  return `${count(waiting, 'photo')} ${waiting === 1 ? 'waits' : 'wait'} for ${place} to be back.`;
}

/** In steps of five seconds, so that a line about it is not told anew each moment. */
function until(time: number, now: number): string {
  return duration(Math.ceil((time - now) / 5_000) * 5);
}

/** What became of a photo, in one line. */
export function sentence(job: Job): string {
  const name = basename(job.sourcePath);
  switch (job.state) {
    case 'succeeded':
      return `${name} -> ${job.output ? shown(job.output.path) : ''}`;
    case 'skipped':
      return `${name} skipped: ${reason(job)}`;
    case 'canceled':
      return `${name} canceled`;
    default:
      return `${name} ${job.state}: ${reason(job)}`;
  }
}
