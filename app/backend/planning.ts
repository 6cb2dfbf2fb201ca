// From what was given to what a batch of it would be: which photos, what they will take, what earlier batches already
// have of them. Nothing is changed by it.
import { PRACTICE_SERVICE } from '../domain/batch.ts';
import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { IntakePlan, LeftOutFile, Preferences } from '../contract/values.ts';
import type { OutputSettings, PlannedJob } from '../domain/batch.ts';
import { foldName } from '../domain/naming.ts';
import type { Parameters } from '../domain/parameters.ts';
import type { Media } from '../domain/picture.ts';
import { quote, type Quote } from '../domain/quote.ts';
import { restingPhotos } from '../domain/watch.ts';
import type { Earlier } from '../engine/commands.ts';
import { earlierOf } from '../engine/commands.ts';
import { OUTPUT_EXTENSIONS } from '../engine/prepare-job.ts';
import type { History } from '../history/history.ts';
import { readInputs, type Input } from '../intake/inputs.ts';
import { IntakeError, type LeftOut } from '../intake/intake-error.ts';
import { planBatch } from '../intake/intake.ts';
import { mapLimited } from '../intake/map-limited.ts';
import { restingOf } from '../watch/resting.ts';

export interface Given {
  /** Absolute. */
  readonly paths: readonly string[];
  /** The output folder; null for a folder beside the photos. */
  readonly out: string | null;
  /** Folders of photos whose results go elsewhere than `out` says, by path. */
  readonly kept: ReadonlyMap<string, string>;
  /** Whether it is for the practice service, whose results have a folder of their own. */
  readonly practice: boolean;
  readonly recursive: boolean;
  readonly parameters: Parameters;
  readonly output: OutputSettings;
  /** The batch's name; null for one made of what was given. */
  readonly name: string | null;
  /** Day of the batch, YYYY-MM-DD. */
  readonly date: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly found: number; readonly inspected: number }) => void;
}

/** What was found; `problem` says why nothing was. */
export interface Findings {
  readonly name: string;
  readonly jobs: readonly PlannedJob[];
  readonly leftOut: readonly LeftOut[];
  readonly problem: IntakeError | null;
}

const INPUTS_AT_ONCE = 32;

/**
 * Finds the photos. What was given and is not there any more is left out, as is all that is no photo: with nothing left
 * the answer says why.
 * @throws {IntakeError} `would_overwrite`, `bad_output`, `bad_template`
 * @throws the signal's reason when it aborts
 */
export async function findPhotos(
  given: Given,
  { history, media }: { readonly history: History; readonly media: Pick<Media, 'inspect'> },
): Promise<Findings> {
  const { there, missing } = await lookFor(given.paths, given.signal);
  const name = given.name ?? nameOf(there.length > 0 ? there : given.paths.map((path) => ({ path, kind: 'file' })));
  const { parameters, output, signal } = given;
  try {
    const { jobs, leftOut } = await planBatch(
      {
        inputs: there.map(({ path }) => path),
        recursive: given.recursive,
        out: given.out,
        kept: given.kept,
        practice: given.practice,
        template: output.template,
        fields: { ...parameters, date: given.date, batch: name },
        isOwnOutput: (path) => history.jobs.isOutput(path),
        signal,
        onProgress: given.onProgress,
      },
      { media },
    );
    return { name, jobs, leftOut: [...missing, ...withoutResults(leftOut, jobs)], problem: null };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof IntakeError) || error.code !== 'no_photos') throw error;
    return { name, jobs: [], leftOut: [...missing, ...error.leftOut], problem: error };
  }
}

/** A file that is gone must not keep a hundred others from being enhanced. */
async function lookFor(paths: readonly string[], signal: AbortSignal): Promise<{ there: Input[]; missing: LeftOut[] }> {
  const looks = await mapLimited(paths, INPUTS_AT_ONCE, async (path): Promise<Input | LeftOut> => {
    try {
      const [input] = await readInputs([path], signal);
      if (input !== undefined) return input;
    } catch (error) {
      if (error instanceof IntakeError) return { path, reason: 'unreadable', message: error.message };
      throw error;
    }
    throw new TypeError(`no answer about ${path}`);
  });
  const there: Input[] = [];
  const missing: LeftOut[] = [];
  for (const look of looks) {
    if ('reason' in look) missing.push(look);
    else there.push(look);
  }
  return { there, missing };
}

/** That results are not enhanced again goes without saying. */
function withoutResults(leftOut: readonly LeftOut[], jobs: readonly PlannedJob[]): LeftOut[] {
  const folders = new Set(jobs.map(({ outDir }) => outDir));
  return leftOut.filter(({ path }) => !folders.has(path));
}

/** A name for a batch: that of the folder, or of the folder that all the files are in, or of the first thing given. */
export function nameOf(given: readonly Pick<Input, 'path' | 'kind'>[]): string {
  const [first] = given;
  if (first === undefined) return 'Photos';
  if (given.length === 1) return basename(first.path) || first.path;
  const folder = dirname(first.path);
  if (given.every(({ path, kind }) => kind === 'file' && dirname(path) === folder)) return basename(folder) || folder;
  return `${basename(first.path) || first.path} and ${given.length - 1} more`;
}

export interface Basis {
  readonly history: History;
  /** The service in use; null when there is none. */
  readonly service: string | null;
  readonly preferences: Preferences;
  /** Credits; null while not known. */
  readonly balance: number | null;
  /** `win32` and `darwin` do not tell upper from lower case in file names. */
  readonly platform: string;
  /** What the clock on the wall says, milliseconds since the epoch. */
  readonly wall: number;
}

const SHOWN_LEFT_OUT = 200;
const SHOWN_FOLDERS = 20;

export interface Described {
  readonly plan: Omit<IntakePlan, 'id' | 'agreement'>;
  /** The photos that would be sent, or go on in an earlier batch. */
  readonly agreed: readonly PlannedJob[];
}

/** What a batch of the photos found would be, for the sheet. */
export async function describe(found: Findings, given: Given, basis: Basis): Promise<Described> {
  const { fresh, made, joined, fetched, doubtful } = await compare(found.jobs, given, basis);
  const there = await existingOf(fresh, basis.platform);
  const sent = given.output.onExists === 'skip' ? fresh.filter((job) => !there.has(job)) : fresh;
  const expected = expectedOf(sent, given.parameters, basis);
  const [first] = found.jobs;
  const plan = {
    name: found.name,
    photos: found.jobs.length,
    leftOut: found.leftOut.slice(0, SHOWN_LEFT_OUT).map(shown),
    leftOutCount: found.leftOut.length,
    joined: joined.length,
    fetched,
    doubtful,
    quote: expected,
    short: isShort(expected, basis),
    example: first ? `${first.outStem}.${first.format === 'png' ? 'png' : 'jpg'}` : null,
    outputFolders: [...new Set(found.jobs.map(({ outDir }) => outDir))].slice(0, SHOWN_FOLDERS),
    outputFolderChosen: given.out !== null,
    outputFolderKept: given.kept.size > 0,
    existing: there.size,
    identical: made.filter((job) => there.has(job)).length,
  };
  return { plan, agreed: [...sent, ...joined] };
}

function isShort({ photos, credits, ahead }: Quote, { service, balance }: Basis): boolean {
  if (photos === 0 || service === PRACTICE_SERVICE || balance === null) return false;
  return credits + ahead.credits > balance;
}

function shown({ path, reason, message }: LeftOut): LeftOutFile {
  return { name: basename(path) || path, reason, message };
}

const AT_A_TIME = 100; // photos asked about before anything else gets its turn

/**
 * What earlier batches have of each photo, in order; nothing is changed.
 * @throws the signal's reason when it aborts
 */
export async function earlierOfAll(
  jobs: readonly PlannedJob[],
  { parameters, signal }: Pick<Given, 'parameters' | 'signal'>,
  { history, service }: { readonly history: History; readonly service: string },
): Promise<Earlier[]> {
  const all: Earlier[] = [];
  for (const job of jobs) {
    if (all.length % AT_A_TIME === 0) {
      await setImmediate();
      signal.throwIfAborted();
    }
    all.push(earlierOf(history, { service, parameters }, job));
  }
  return all;
}

interface Compared {
  readonly fresh: readonly PlannedJob[];
  /** Those of the fresh ones that were enhanced with just these parameters. */
  readonly made: readonly PlannedJob[];
  readonly joined: readonly PlannedJob[];
  readonly fetched: number;
  readonly doubtful: number;
}

async function compare(jobs: readonly PlannedJob[], given: Given, { history, service }: Basis): Promise<Compared> {
  if (service === null) return { fresh: jobs, made: [], joined: [], fetched: 0, doubtful: 0 };
  const earlier = await earlierOfAll(jobs, given, { history, service });
  const those = (wanted: Earlier['kind']) => jobs.filter((_, index) => earlier[index]?.kind === wanted);
  const made = jobs.filter((_, index) => {
    const one = earlier[index];
    return one?.kind === 'fresh' && one.made;
  });
  const fetched = earlier.filter((one) => one.kind === 'joined' && one.ended).length;
  return { fresh: those('fresh'), made, joined: those('joined'), fetched, doubtful: those('doubtful').length };
}

/** The photos that have a result under the name it would get: by the names in each output folder, read once. */
export async function existingOf(jobs: readonly PlannedJob[], platform: string): Promise<Set<PlannedJob>> {
  const folds = platform === 'win32' || platform === 'darwin';
  const plain = (name: string) => (folds ? foldName(name) : name);
  const folders = [...new Set(jobs.map(({ outDir }) => outDir))];
  const listed = await mapLimited(folders, INPUTS_AT_ONCE, async (folder) => {
    const names = await readdir(folder).catch(() => []); // not there yet; what else is wrong is told when it is written to
    return [folder, new Set(names.map(plain))] as const;
  });
  const namesIn = new Map(listed);
  return new Set(
    jobs.filter(({ outDir, outStem }) =>
      OUTPUT_EXTENSIONS.some((extension) => namesIn.get(outDir)?.has(plain(`${outStem}.${extension}`))),
    ),
  );
}

const DURATIONS_LOOKED_AT = 25;
/** Source: the practice service's own default of 1.2–2 s. */
const PRACTICE_SECONDS = 2;

function expectedOf(jobs: readonly PlannedJob[], parameters: Parameters, basis: Basis): Quote {
  const { history, service, preferences } = basis;
  const isPractice = service === PRACTICE_SERVICE;
  const durations = service === null ? [] : history.attempts.durations(service, DURATIONS_LOOKED_AT);
  const usual = durations.toSorted((a, b) => a - b)[Math.floor(durations.length / 2)];
  return quote(jobs, parameters, {
    usualCost: service === null ? null : history.attempts.usualCost(service),
    usualSeconds: usual ?? (isPractice ? PRACTICE_SECONDS : null),
    concurrency: preferences.concurrency,
    perMinute: isPractice ? null : preferences.requestsPerMinute,
    ahead: service === null ? 0 : ahead(service, basis),
  });
}

/** How many photos go before, and are still to be paid for: not those whose watch folder rests, which others go past. */
function ahead(service: string, { history, wall }: Basis): number {
  const ids = restingOf(history.watches.list(), wall).map(({ watchId }) => watchId);
  const resting = restingPhotos(history.resting.photos(service, { kind: 'all' }, ids));
  return Math.max(0, history.totals.unpaid(service) - resting);
}
