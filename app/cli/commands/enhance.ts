// `enhance PATH…`: finds photos, tells what they will take, makes a batch of them and runs it.
import { PRACTICE_SERVICE } from '../../domain/batch.ts';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import type { ExistsPolicy } from '../../domain/batch.ts';
import { type Parameters, parametersOf } from '../../domain/parameters.ts';
import { quote } from '../../domain/quote.ts';
import { restingPhotos } from '../../domain/watch.ts';
import { sortOut } from '../../engine/commands.ts';
import type { BatchPlan } from '../../intake/intake.ts';
import { planBatch } from '../../intake/intake.ts';
import { localDay } from '../../contract/local-day.ts';
import { limitOf, type RunCliOptions, withOutput, withParameters, withRun } from '../options.ts';
import type { Output } from '../output.ts';
import { run } from '../run.ts';
import { Session } from '../session.ts';
import { count, credits, duration } from '../text.ts';
import { EXIT } from '../usage-error.ts';

interface EnhanceOptions extends RunCliOptions, Parameters {
  readonly out?: string;
  readonly recursive: boolean;
  readonly maxUploadMp: number;
  readonly onExists: ExistsPolicy;
  readonly name: string;
}

export function addEnhance(
  program: Command,
  act: (json: boolean, action: (output: Output) => Promise<number>) => Promise<void>,
): void {
  const command = program
    .command('enhance')
    .description('enhance photos and whole folders')
    .argument('<path...>', 'photos and folders');
  withRun(withOutput(withParameters(command))).action((paths: string[], options: EnhanceOptions) =>
    act(options.json, (output) => enhance(paths, options, output)),
  );
}

async function enhance(paths: readonly string[], options: EnhanceOptions, output: Output): Promise<number> {
  await using session = await Session.open(options, output);
  const parameters = parametersOf(options);
  const name = batchName(paths);
  const plan = await planBatch(
    {
      inputs: paths,
      recursive: options.recursive,
      out: options.out ?? null,
      practice: session.service === PRACTICE_SERVICE,
      template: options.name,
      fields: { ...parameters, date: localDay(Date.now()), batch: name },
      isOwnOutput: (path) => session.history.jobs.isOutput(path),
    },
    { media: session.media },
  );
  const { history, service } = session;
  const { fresh, joined, doubtful } = sortOut(history, { service, parameters, jobs: plan.jobs }, Date.now());
  tellPlan({ ...plan, jobs: fresh }, { parameters, session, options }, output);
  const resting = restingPhotos(session.resting({ kind: 'jobs', ids: [...joined] }));
  tellEarlier(joined.length - resting, doubtful.length, output);
  const ids = [...joined];
  if (fresh.length > 0) {
    const batch = history.batches.create(
      {
        name,
        service,
        parameters,
        output: { onExists: options.onExists, template: options.name, maxUploadMegapixels: options.maxUploadMp },
        jobs: fresh,
      },
      Date.now(),
    );
    output.emit({ type: 'batch', id: batch.id, name, jobs: fresh.length, leftOut: plan.leftOut.length });
    const scope = { kind: 'batch', batchId: batch.id } as const;
    if (joined.length === 0) return worse(await run(session, output, { scope, tellRecovered: false }), doubtful);
    ids.push(...history.summaries.ids({ batchId: batch.id }));
  }
  return worse(
    await run(session, output, { scope: { kind: 'jobs', ids }, tellRecovered: joined.length > 0 }),
    doubtful,
  );
}

/** Photos that may have been charged without a result are not all well, though nothing was done for them. */
function worse(status: number, doubtful: readonly number[]): number {
  return status === EXIT.well && doubtful.length > 0 ? EXIT.failures : status;
}

function tellEarlier(joined: number, doubtful: number, output: Output): void {
  if (joined > 0) output.say(`${count(joined, 'photo')} of an earlier run go on from where they were.`);
  if (doubtful > 0) {
    output.warn(
      `${count(doubtful, 'photo')} may have been charged already in an earlier run and ${doubtful === 1 ? 'is' : 'are'} ` +
        'not sent again: “retry --uncertain” submits them, and they may be charged twice.',
    );
  }
}

function tellPlan(
  plan: BatchPlan,
  about: { parameters: Parameters; session: Session; options: EnhanceOptions },
  output: Output,
): void {
  const { parameters, session, options } = about;
  const { attempts } = session.history;
  const practice = session.service === PRACTICE_SERVICE;
  const [usualSeconds = null] = attempts.durations(session.service, 1);
  const expected = quote(plan.jobs, parameters, {
    usualCost: attempts.usualCost(session.service),
    usualSeconds: usualSeconds ?? (practice ? 2 : null),
    concurrency: options.concurrency,
    perMinute: practice ? null : limitOf(options.rpm),
  });
  const cost = practice ? 'free: practice, not Bria' : `about ${credits(expected.credits)}`;
  output.say(`${count(expected.photos, 'photo')} · ${cost} · about ${duration(expected.seconds)}`);
  if (expected.shrinking > 0) {
    output.say(
      `${count(expected.shrinking, 'photo')} ${expected.shrinking === 1 ? 'has' : 'have'} more than ${parameters.resolution}: ` +
        'the service delivers at most that, so they come back with fewer pixels. The originals stay as they are.',
    );
  }
  tellLeftOut(plan, output);
}

const LEFT_OUT_SHOWN = 10;

function tellLeftOut({ leftOut, jobs }: BatchPlan, output: Output): void {
  for (const { path, reason, message } of leftOut) output.emit({ type: 'left-out', path, reason, message });
  // That results are not enhanced again goes without saying.
  const results = new Set(jobs.map(({ outDir }) => outDir));
  const others = leftOut.filter(({ path }) => !results.has(path));
  if (others.length === 0) return;
  output.say(`${count(others.length, 'file')} left out:`);
  for (const { path, message } of others.slice(0, LEFT_OUT_SHOWN)) output.say(`  ${basename(path)}: ${message}`);
  const more = others.length - LEFT_OUT_SHOWN;
  if (more > 0) output.say(`  … and ${more} more (--json lists them all)`);
}

function batchName(paths: readonly string[]): string {
  const [first = '', ...others] = paths.map((path) => basename(resolve(path)) || path);
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
