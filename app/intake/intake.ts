// From files to a plan of jobs: which of them are photos, what each result will be called and where it goes. Nothing is
// written and nothing is queued here.
import type { PlannedJob } from '../domain/batch.ts';
import { FailureError, type Failure, type FailureCode } from '../domain/failure.ts';
import { planStems, splitName, templateProblem, type BatchFields } from '../domain/naming.ts';
import { isFailure, type Media, type PictureInfo } from '../domain/picture.ts';
import { hintByName } from './file-kinds.ts';
import { readInputs } from './inputs.ts';
import { IntakeError, noPhotos, type LeftOut, type LeftOutReason } from './intake-error.ts';
import { mapLimited } from './map-limited.ts';
import { outputFolders, type OutputFolders } from './output-folders.ts';
import { refuseOverwriting } from './overwriting.ts';
import { scan, type Found, type ScanResult } from './scan.ts';

const GROUP = 64; // files in one question to the picture process
const GROUPS_AT_ONCE = 4; // so that none of its processes waits for us

export interface BatchRequest {
  /** Files and folders, as given; relative ones are taken from the working directory. */
  readonly inputs: readonly string[];
  readonly recursive: boolean;
  /** The output folder; null for a folder `Enhanced` in each folder given, and beside each single file. */
  readonly out: string | null;
  /** Output folders of single files that have one of their own, by the file's absolute path. */
  readonly kept?: ReadonlyMap<string, string>;
  /** Whether it is for the practice service, whose results have a folder of their own. */
  readonly practice?: boolean;
  readonly template: string;
  readonly fields: BatchFields;
  /** Whether a file is a result of ours; asked with the real path, and with the path as found where that is another. */
  readonly isOwnOutput: (path: string) => boolean;
  readonly signal?: AbortSignal | undefined;
  /** Files found so far, and how many of them have been looked at. */
  readonly onProgress?: ((progress: { readonly found: number; readonly inspected: number }) => void) | undefined;
}

export interface BatchPlan {
  /** One or more, in natural order. */
  readonly jobs: PlannedJob[];
  readonly leftOut: LeftOut[];
}

interface Photo {
  readonly file: Found;
  readonly info: PictureInfo;
}

/**
 * Makes the plan of a batch.
 * @throws {IntakeError} when the batch cannot be made: see IntakeErrorCode
 * @throws {FailureError} `internal` when the picture process cannot work at all
 * @throws the signal's reason when it aborts
 */
export async function planBatch(
  request: BatchRequest,
  { media }: { media: Pick<Media, 'inspect'> },
): Promise<BatchPlan> {
  const { inputs, out, signal, recursive, onProgress } = request;
  const problem = templateProblem(request.template);
  if (problem !== null) throw new IntakeError('bad_template', problem);
  if (inputs.length === 0) throw new IntakeError('no_photos', 'No photos and no folders were given.');

  const folders = await outputFolders(await readInputs(inputs, signal), {
    out,
    kept: request.kept,
    practice: request.practice ?? false,
  });
  const result = await scan(inputs, {
    recursive,
    isExcluded: (real) => folders.isExcluded(real),
    signal,
    onProgress: (found) => onProgress?.({ found, inspected: 0 }),
  });
  const { photos, leftOut } = await lookAt(result.files, request, media);
  const all = [...result.leftOut, ...leftOut];
  if (photos.length === 0) throw noPhotos(all);
  return { jobs: await planJobs(photos, { request, result, folders }), leftOut: all };
}

/** Tells photos from the rest by their content, in groups; the files' order is kept. */
async function lookAt(
  files: readonly Found[],
  request: BatchRequest,
  media: Pick<Media, 'inspect'>,
): Promise<{ photos: Photo[]; leftOut: LeftOut[] }> {
  const groups: Found[][] = [];
  for (let at = 0; at < files.length; at += GROUP) groups.push(files.slice(at, at + GROUP));
  let inspected = 0;
  const looks = await mapLimited(groups, GROUPS_AT_ONCE, async (group) => {
    request.signal?.throwIfAborted();
    const answers = await lookAtGroup(group, request, media);
    inspected += group.length;
    request.onProgress?.({ found: files.length, inspected });
    return answers;
  });
  const photos: Photo[] = [];
  const leftOut: LeftOut[] = [];
  for (const look of looks.flat()) {
    if ('info' in look) photos.push(look);
    else leftOut.push(look);
  }
  return { photos, leftOut };
}

async function lookAtGroup(
  group: readonly Found[],
  { isOwnOutput }: BatchRequest,
  media: Pick<Media, 'inspect'>,
): Promise<(Photo | LeftOut)[]> {
  const isOwn = (file: Found) => isOwnOutput(file.real) || (file.path !== file.real && isOwnOutput(file.path));
  const own = new Set(group.filter(isOwn));
  const others = group.filter((file) => !own.has(file));
  const answers = others.length === 0 ? [] : await media.inspect(others.map((file) => file.path));
  const answerOf = new Map(others.map((file, index) => [file, answers[index]]));
  return group.map((file): Photo | LeftOut => {
    if (own.has(file))
      return { path: file.path, reason: 'own_output', message: 'This picture was made by Lightbatch.' };
    const answer = answerOf.get(file);
    if (answer === undefined) throw new TypeError(`no answer from inspect for ${file.path}`);
    return isFailure(answer) ? refused(file, answer) : { file, info: answer };
  });
}

/** The failures of `inspect` that are one file's. */
const LEFT_OUT: Readonly<Partial<Record<FailureCode, LeftOutReason>>> = {
  not_a_photo: 'not_a_photo',
  source_missing: 'unreadable',
  source_unreadable: 'unreadable',
  photo_damaged: 'damaged',
  photo_crashed: 'damaged',
  photo_too_slow: 'damaged',
  photo_too_large: 'too_large',
};

/**
 * Why a file is left out that `inspect` refused.
 * @throws {FailureError} for a failure that is not the file's: leaving the file out would hide it
 */
export function refused({ path, name }: Pick<Found, 'path' | 'name'>, failure: Failure): LeftOut {
  const reason = LEFT_OUT[failure.code];
  if (reason === undefined) throw new FailureError(failure);
  const hint = reason === 'not_a_photo' || reason === 'damaged' ? hintByName(name) : null;
  const detail = failure.detail === undefined ? '' : ` (${failure.detail})`;
  return { path, ...(hint ?? { reason, message: `${failure.message}${detail}` }) };
}

async function planJobs(
  photos: readonly Photo[],
  { request, result, folders }: { request: BatchRequest; result: ScanResult; folders: OutputFolders },
): Promise<PlannedJob[]> {
  const outDirs: string[] = [];
  for (const { file } of photos) {
    const root = result.roots[file.root];
    if (root === undefined) throw new TypeError(`no root for ${file.path}`);
    outDirs.push(await folders.folderOf(file, root));
  }
  const entries = photos.map(({ file }, index) => ({ dir: outDirs[index] ?? '', ...splitName(file.name) }));
  const stems = planStems(entries, request.template, request.fields);
  const jobs = photos.map(({ file, info }, index) => ({
    sourcePath: file.path,
    sourceBytes: file.bytes,
    sourceMtimeMs: file.mtimeMs,
    format: info.format,
    width: info.width,
    height: info.height,
    outDir: outDirs[index] ?? '',
    outStem: stems[index] ?? '',
  }));
  await refuseOverwriting(
    jobs,
    photos.map(({ file }) => file),
  );
  return jobs;
}
