// `resume`, `retry` and `cancel`: what can be done with jobs that are already in the history.
import { PRACTICE_SERVICE } from '../../domain/batch.ts';
import type { Command } from 'commander';
import { cancelJobs, type NotRetried, retryJobs, whyNotRetried } from '../../engine/commands.ts';
import type { JobState } from '../../domain/job.ts';
import { UNFINISHED_STATES } from '../../domain/job.ts';
import { restingPhotos } from '../../domain/watch.ts';
import { History } from '../../history/history.ts';
import { systemClock } from '../../lib/clock.ts';
import type { CommonOptions, RunCliOptions } from '../options.ts';
import { ignoring, jobId, SERVICE_FLAGS, whole, withData, withRun } from '../options.ts';
import type { Output } from '../output.ts';
import { run } from '../run.ts';
import { Session, tellRepair } from '../session.ts';
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
  const command = program.command('resume').description('go on with whatever is unfinished');
  withRun(command).action((options: RunCliOptions) => act(options.json, (output) => resume(options, output)));
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
  withData(ignoring(command, SERVICE_FLAGS)).action((jobs: number[] | undefined, options: CancelOptions) =>
    act(options.json, (output) => Promise.resolve(cancel(jobs ?? [], options, output))),
  );
}

async function resume(options: RunCliOptions, output: Output): Promise<number> {
  await using session = await Session.open(options, output);
  const unfinished = session.history.jobs.unfinished(session.service, { kind: 'all' });
  const going = unfinished - restingPhotos(session.resting());
  if (unfinished === 0) output.say('Nothing is unfinished.');
  else output.say(going === 0 ? 'Nothing can go on now.' : `Going on with ${count(going, 'photo')}.`);
  tellElsewhere(session, output);
  return await run(session, output, { scope: { kind: 'all' }, tellRecovered: true });
}

/** Photos of one service are nothing to another: they are not forgotten, but another command takes them up. */
function tellElsewhere({ history, service }: Session, output: Output): void {
  const all = history.summaries.ids({ states: UNFINISHED_STATES }).length;
  if (all === history.jobs.unfinished(service, { kind: 'all' })) return;
  const others = new Map<string, number>();
  for (const { job } of history.summaries.list({ states: UNFINISHED_STATES })) {
    if (job.service !== service) others.set(job.service, (others.get(job.service) ?? 0) + 1);
  }
  for (const [other, number] of others) {
    const how = other === PRACTICE_SERVICE ? '--practice' : `--api-url ${other}`;
    output.say(`${count(number, 'photo')} of another service unfinished: “resume ${how}” goes on with them.`);
  }
}

async function retry(jobs: readonly number[], options: RetryOptions, output: Output): Promise<number> {
  await using session = await Session.open(options, output);
  const { history, service } = session;
  const asked = retryStates(jobs, options);
  const ids = retryJobs(history, { ...filterOf(jobs, options.batch), service, states: asked }, Date.now());
  const left = history.summaries.ids({
    ...filterOf(jobs, options.batch),
    service,
    states: [...asked, 'uncertain', 'failed'],
  });
  const reasons = left.map((id) => {
    const job = history.jobs.get(id);
    const why = job && whyNotRetried(history, job, options.uncertain ?? false);
    return why === 'underWay' && !asked.includes(job?.state ?? 'queued') ? null : why;
  });
  tellLeftAlone((reason) => reasons.filter((one) => one === reason).length, output);
  tellUnfit(ids, jobs, 'retried', output);
  const going = ids.length - restingPhotos(session.resting({ kind: 'jobs', ids }));
  if (ids.length === 0) output.say('There is nothing to retry.');
  else output.say(going === 0 ? 'Nothing can go on now.' : `Trying ${count(going, 'photo')} again.`);
  return await run(session, output, { scope: { kind: 'jobs', ids }, tellRecovered: false });
}

function tellLeftAlone(photosOf: (reason: NotRetried) => number, output: Output): void {
  const tell = (reason: NotRetried, text: (are: string, them: string) => string) => {
    const photos = photosOf(reason);
    const [are, them] = photos === 1 ? ['is', 'it'] : ['are', 'them'];
    if (photos > 0) output.warn(`${count(photos, 'photo')} ${text(are, them)}`);
  };
  tell('mended', (are, them) => {
    return `${are} left alone: a later batch enhanced ${them}. “enhance” makes new pictures of ${them}.`;
  });
  tell('underWay', (are, them) => `${are} left alone: another job of ${them} goes on, or may have been charged.`);
  tell('withheld', (are) => `may have been charged already and ${are} not sent again without --uncertain.`);
}

/** What is named by number is also taken when it was canceled; what may be paid twice only when that is asked for. */
function retryStates(jobs: readonly number[], options: RetryOptions): JobState[] {
  const uncertain: JobState[] = options.uncertain ? ['uncertain'] : [];
  if (jobs.length > 0) return ['failed', 'canceled', ...uncertain];
  return options.failed || !options.uncertain ? ['failed', ...uncertain] : uncertain;
}

function cancel(jobs: readonly number[], options: CancelOptions, output: Output): number {
  using history = History.visit({ dir: options.data, clock: systemClock });
  tellRepair(history, output);
  const { canceled, abandoned, going } = cancelJobs(
    history,
    filterOf(jobs, options.batch),
    options.abandon,
    Date.now(),
  );
  tellUnfit([...canceled, ...going], jobs, 'canceled', output);
  output.say(
    canceled.length === 0
      ? 'There is nothing to cancel.'
      : `Canceled ${count(canceled.length, 'photo')}. “retry” with ${canceled.length === 1 ? 'its number takes it' : 'their numbers takes them'} up again.`,
  );
  if (abandoned.length > 0) {
    const many = abandoned.length > 1;
    const some =
      abandoned.length === canceled.length
        ? many
          ? 'They were'
          : 'It was'
        : `${abandoned.length} of them ${many ? 'were' : 'was'}`;
    output.say(
      `${some} at the service and may be charged: “retry” with ${many ? 'their numbers' : 'its number'} asks for ` +
        `${many ? 'those results' : 'that result'} first.`,
    );
  }
  if (going.length > 0) {
    output.say(
      `${count(going.length, 'photo')} ${going.length === 1 ? 'is' : 'are'} with the service or on the way back and paid for: ` +
        'they are finished all the same.',
    );
  }
  output.emit({ type: 'canceled', canceled, abandoned, going });
  return EXIT.well;
}

/**
 * Tells of jobs that were named and are not in a state for it.
 * @throws {UsageError} when that is all of them
 */
function tellUnfit(fit: readonly number[], named: readonly number[], done: string, output: Output): void {
  const unfit = named.filter((id) => !fit.includes(id));
  if (unfit.length === 0) return;
  const told = `${unfit.length === 1 ? 'Job' : 'Jobs'} ${unfit.join(', ')} cannot be ${done}; “history” shows why.`;
  if (unfit.length === named.length) throw new UsageError(told);
  output.warn(told);
}

function filterOf(
  jobs: readonly number[],
  batch: number | undefined,
): { jobIds?: readonly number[]; batchId?: number } {
  return { ...(jobs.length > 0 ? { jobIds: jobs } : {}), ...(batch === undefined ? {} : { batchId: batch }) };
}
