// The options that commands share, each with its environment variable, and how their values are read.
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { EXISTS_POLICIES } from '../domain/batch.ts';
import { JOB_STATES, type JobState } from '../domain/job.ts';
import { DEFAULT_TEMPLATE, TEMPLATE_TOKENS, templateProblem } from '../domain/naming.ts';
import { DEFAULT_PARAMETERS, RESOLUTIONS, SEED, STEPS } from '../domain/parameters.ts';
import { SEGMIND_API_URL, SEGMIND_STORAGE_URL } from '../segmind/client.ts';
import { defaultDataDir } from './data-dir.ts';

/** Commander turns a parsed null into '', so “none” stays a word until it is used. */
export type Limit = number | 'none';

export function limitOf(limit: Limit): number | null {
  return limit === 'none' ? null : limit;
}

export interface CommonOptions {
  readonly data: string;
  readonly json: boolean;
}

/** The headings of the help, in the order in which they come. */
const GROUPS = {
  model: 'What the model is asked:',
  results: 'Photos and results:',
  pace: 'Pace:',
  service: 'Service:',
  general: 'General:',
} as const;

export interface ServiceCliOptions extends CommonOptions {
  readonly apiUrl: string;
  readonly storageUrl: string;
  readonly practice: boolean;
}

export interface RunCliOptions extends ServiceCliOptions {
  readonly concurrency: number;
  readonly rpm: Limit;
  readonly patience: number;
}

const CONCURRENCY = { min: 1, max: 100, usual: 8 } as const;
const RPM = { min: 5, max: 1000, usual: 50 } as const;
/** Seconds. */
export const PATIENCE = { min: 0, max: 604_800, usual: 600 } as const;
const UPLOAD_MEGAPIXELS = { min: 1, max: 100, usual: 16 } as const;

export function withData(command: Command): Command {
  return command
    .optionsGroup(GROUPS.general)
    .addOption(
      new Option('--data <dir>', 'data folder, with the history')
        .env('LIGHTBATCH_DATA')
        .default(defaultDataDir(process.platform, process.env), 'that of the desktop app')
        .argParser(folder),
    )
    .addOption(
      new Option('--json', 'one JSON object a line on standard output, all else on standard error').default(false),
    )
    .helpOption('-h, --help', 'this help');
}

export function withService(command: Command): Command {
  command
    .optionsGroup(GROUPS.service)
    .addOption(
      new Option('--practice', 'the embedded practice service instead: no key, no cost, not Bria').default(false),
    )
    .addOption(
      new Option('--api-url <url>', 'origin of the API')
        .env('LIGHTBATCH_API_URL')
        .default(SEGMIND_API_URL)
        .argParser(origin),
    )
    .addOption(
      new Option('--storage-url <url>', 'origin of the storage')
        .env('LIGHTBATCH_STORAGE_URL')
        .default(SEGMIND_STORAGE_URL)
        .argParser(origin),
    );
  return withData(command);
}

/** Takes options that say nothing to a command, so that a script can give the same ones to every command. */
export function ignoring(command: Command, flags: readonly string[]): Command {
  for (const flag of flags) command.addOption(new Option(flag).hideHelp());
  return command;
}

export const SERVICE_FLAGS = ['--practice', '--api-url <url>', '--storage-url <url>'] as const;

export function withRun(command: Command): Command {
  command
    .optionsGroup(GROUPS.pace)
    .addOption(
      new Option('--concurrency <n>', 'photos at the service at a time')
        .env('LIGHTBATCH_CONCURRENCY')
        .default(CONCURRENCY.usual)
        .argParser(whole(CONCURRENCY)),
    )
    .addOption(
      new Option('--rpm <n|none>', 'requests a minute that your plan allows')
        .env('LIGHTBATCH_RPM')
        .default(RPM.usual)
        .argParser(rpm),
    )
    .addOption(
      new Option('--patience <s>', 'how long a service or an output folder that is away is waited for, seconds')
        .env('LIGHTBATCH_PATIENCE')
        .default(PATIENCE.usual)
        .argParser(whole(PATIENCE)),
    );
  return withService(command);
}

export function withParameters(command: Command): Command {
  return command
    .optionsGroup(GROUPS.model)
    .addOption(
      new Option('--resolution <size>', 'size of the results, megapixels')
        .choices(RESOLUTIONS)
        .default(DEFAULT_PARAMETERS.resolution),
    )
    .addOption(
      new Option('--steps <n>', `refinement steps, ${STEPS.min} to ${STEPS.max}`)
        .default(DEFAULT_PARAMETERS.steps)
        .argParser(whole(STEPS)),
    )
    .addOption(
      new Option('--seed <n>', `the same seed gives the same result; ${SEED.min} to ${SEED.max}`)
        .default(DEFAULT_PARAMETERS.seed)
        .argParser(whole(SEED)),
    )
    .option('--no-preserve-alpha', 'do not keep transparency')
    .option('--no-input-moderation', 'do not moderate what is sent')
    .option('--no-output-moderation', 'do not moderate results');
}

export function withOutput(command: Command): Command {
  return command
    .optionsGroup(GROUPS.results)
    .option(
      '--out <dir>',
      'output folder (default: “Enhanced” beside the photos; in practice “Enhanced (practice)”)',
      folder,
    )
    .option('--recursive', 'sub-folders, too', false)
    .addOption(
      new Option('--max-upload-mp <n>', 'larger photos are scaled down for the upload, megapixels')
        .default(UPLOAD_MEGAPIXELS.usual)
        .argParser(megapixels),
    )
    .addOption(
      new Option('--on-exists <policy>', 'when an enhanced picture is already there')
        .choices(EXISTS_POLICIES)
        .default('skip'),
    )
    .addOption(
      new Option('--name <template>', `file names of the results, of ${TOKENS}`)
        .default(DEFAULT_TEMPLATE)
        .argParser(template),
    );
}

const TOKENS = TEMPLATE_TOKENS.map((token) => `{${token}}`).join(' ');

export function jobId(value: string, earlier: readonly number[] = []): number[] {
  return [...earlier, whole({ min: 1, max: Number.MAX_SAFE_INTEGER })(value)];
}

export function jobState(value: string, earlier: readonly JobState[] = []): JobState[] {
  const found = JOB_STATES.find((state) => state === value);
  if (!found) throw new InvalidArgumentError(`It must be one of ${JOB_STATES.join(', ')}.`);
  return [...earlier, found];
}

export function whole(range: { readonly min: number; readonly max: number }): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= range.min && number <= range.max) return number;
    const upTo = range.max === Number.MAX_SAFE_INTEGER ? `${range.min} or more` : `from ${range.min} to ${range.max}`;
    throw new InvalidArgumentError(`It must be a whole number ${upTo}.`);
  };
}

/** @throws {InvalidArgumentError} for an empty value, as of a variable that is not set: it would mean the working folder */
export function folder(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('It must name a folder.');
  return resolve(value);
}

function rpm(value: string): Limit {
  if (value === 'none') return value;
  try {
    return whole(RPM)(value);
  } catch {
    throw new InvalidArgumentError(`It must be a whole number from ${RPM.min} to ${RPM.max}, or “none”.`);
  }
}

function megapixels(value: string): number {
  const { min, max } = UPLOAD_MEGAPIXELS;
  const number = Number(value);
  if (value.trim() !== '' && number >= min && number <= max) return number;
  throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
}

function origin(value: string): string {
  try {
    const url = new URL(value);
    if (url.origin !== 'null') return url.origin;
  } catch {
    // told below, with the value that was given
  }
  throw new InvalidArgumentError('It must be a URL like https://api.segmind.com.');
}

function template(value: string): string {
  const problem = templateProblem(value);
  if (problem !== null) throw new InvalidArgumentError(problem);
  return value;
}
