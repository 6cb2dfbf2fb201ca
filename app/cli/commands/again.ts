// `resume`, `retry` and `cancel`: what can be done with jobs that are already in the history.
import type { Command } from 'commander';
import { cancelJobs, retryJobs } from '../../engine/commands.ts';
import type { JobState } from '../../domain/job.ts';
import { History } from '../../history/history.ts';
import { systemClock } from '../../lib/clock.ts';
import { type CommonOptions, jobId, type RunCliOptions, whole, withData, withRun } from '../options.ts';
import type { Output } from '../output.ts';
import { run } from '../run.ts';
import { Session } from '../session.ts';
import { count } from '../text.ts';
import { EXIT, UsageError } from '../usage-error.ts';

type Act = (json: boolean, action: (output: Output) => Promise<number>) => Promise<void>;

interface RetryOptions extends RunCliOptions {
  readonly failed?: boolean;
  readonly uncertain?: boolean;
  readonly batch?: number;
}

interface CancelOptions extends CommonOptions {
  readonly batch?: number;
  readonly abandon: boolean;
}

const BATCH_ID = whole({ min: 1, max: Number.MAX_SAFE_INTEGER });

export function addResume(program: Command, act: Act): void {
  withRun(program.command('resume').description('go on with whatever is unfinished')).action((options: RunCliOptions) =>
    act(options.json, (output) => resume(options, output)),
  );
}

export function addRetry(program: Command, act: Act): void {
  const command = program
    .command('retry')
    .description('try failed photos again (all of them, of a batch, or by job number)')
    .argument('[job...]', 'job numbers', jobId)
    .option('--failed', 'failed photos (the default)')
    .option('--uncertain', 'photos that may have been charged: they may be charged twice')
    .option('--batch <id>', 'only of this batch', BATCH_ID);
  withRun(command).action((jobs: number[] | undefined, options: RetryOptions) =>
    act(options.json, (output) => retry(jobs ?? [], options, output)),
  );
}

export function addCancel(program: Command, act: Act): void {
  const command = program
    .command('cancel')
    .description('cancel what waits: all, a batch, or by job number')
    .argument('[job...]', 'job numbers', jobId)
    .option('--batch <id>', 'only of this batch', BATCH_ID)
    .option('--abandon', 'let go, too, of photos at the service, which are paid for', false);
  withData(command).action((jobs: number[] | undefined, options: CancelOptions) =>
    act(options.json, (output) => Promise.resolve(cancel(jobs ?? [], options, output))),
  );
}

async function resume(options: RunCliOptions, output: Output): Promise<number> {
  await using session = await Session.open(options, output);
  const unfinished = session.history.jobs.unfinished(session.service, { kind: 'all' });
  output.say(unfinished === 0 ? 'Nothing is unfinished.' : `Going on with ${count(unfinished, 'photo')}.`);
  return await run(session, output, { scope: { kind: 'all' }, tellRecovered: true });
}

async function retry(jobs: readonly number[], options: RetryOptions, output: Output): Promise<number> {
  await using session = await Session.open(options, output);
  const { history, service } = session;
  const ids = retryJobs(
    history,
    { ...filterOf(jobs, options.batch), service, states: retryStates(jobs, options) },
    Date.now(),
  );
  const uncertain = history.summaries.ids({ ...filterOf(jobs, options.batch), service, states: ['uncertain'] });
  if (uncertain.length > 0) {
    output.warn(
      `${count(uncertain.length, 'photo')} may have been charged already and ${uncertain.length === 1 ? 'is' : 'are'} ` +
        'not sent again without --uncertain.',
    );
  }
  if (ids.length === 0 && jobs.length > 0)
    throw new UsageError('None of these jobs can be retried; “history” shows their states.');
  output.say(ids.length === 0 ? 'There is nothing to retry.' : `Trying ${count(ids.length, 'photo')} again.`);
  return await run(session, output, { scope: { kind: 'jobs', ids }, tellRecovered: false });
}

/** What is named by number is also taken when it was canceled; what may be paid twice only when that is asked for. */
function retryStates(jobs: readonly number[], options: RetryOptions): JobState[] {
  const uncertain: JobState[] = options.uncertain ? ['uncertain'] : [];
  if (jobs.length > 0) return ['failed', 'canceled', ...uncertain];
  return options.failed || !options.uncertain ? ['failed', ...uncertain] : uncertain;
}

function cancel(jobs: readonly number[], options: CancelOptions, output: Output): number {
  using history = History.visit({ dir: options.data, clock: systemClock });
  const { canceled, going } = cancelJobs(history, filterOf(jobs, options.batch), options.abandon, Date.now());
  output.say(`Canceled ${count(canceled.length, 'photo')}. “retry” with their numbers takes them up again.`);
  if (going.length > 0) {
    output.say(
      `${count(going.length, 'photo')} ${going.length === 1 ? 'is' : 'are'} with the service or on the way back and paid for: ` +
        'they are finished all the same.',
    );
  }
  output.emit({ type: 'canceled', canceled, going });
  return EXIT.well;
}

function filterOf(
  jobs: readonly number[],
  batch: number | undefined,
): { jobIds?: readonly number[]; batchId?: number } {
  return { ...(jobs.length > 0 ? { jobIds: jobs } : {}), ...(batch === undefined ? {} : { batchId: batch }) };
}
