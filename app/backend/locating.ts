// Photos that are no longer where they were: the user shows where one is now, and those that were missing with it and lie
// beside it are found along, to go on when he says so. A file is taken only if it is the same photo; the window never
// names a path.
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Handlers } from '../contract.ts';
import type { Located, LocateAnswer } from '../contract/values.ts';
import type { Job } from '../domain/batch.ts';
import { failure, FailureError, systemCode, type Failure } from '../domain/failure.ts';
import { likenessOf, type CandidatePhoto, type Likeness } from '../domain/moved-photo.ts';
import { isFailure, type Media } from '../domain/picture.ts';
import { isMissing, relocationOf, type FoundSource } from '../engine/relocate.ts';
import type { History } from '../history/history.ts';
import { mapLimited } from '../intake/map-limited.ts';
import { folderBeside } from '../intake/output-folders.ts';
import { hashFile } from '../watch/hash.ts';
import type { Running } from './context.ts';
import { otherService } from './job-commands.ts';
import type { Shell } from './shell.ts';
import { inSlices } from './slices.ts';

export type LocateCommand = 'jobs.locate' | 'jobs.takeLocated' | 'jobs.takeFound';

export interface LocatingOptions {
  readonly history: History;
  readonly running: () => Running | null;
  readonly shell: Pick<Shell, 'choosePhoto'>;
  readonly media: Pick<Media, 'inspect'>;
}

/** A file that was looked at. */
interface Candidate extends CandidatePhoto {
  readonly path: string;
}

const FILES_AT_ONCE = 16;

export class Locating {
  readonly #o: LocatingOptions;
  /** What the user was asked about last. */
  #unsure: { readonly token: number; readonly id: number; readonly found: Candidate } | null = null;
  /** What was found along last, at the service that all of it belongs to. */
  #along: { readonly token: number; readonly service: string; readonly found: readonly FoundSource[] } | null = null;
  #lastToken = 0;

  constructor(options: LocatingOptions) {
    this.#o = options;
  }

  get handlers(): Pick<Handlers, LocateCommand> {
    return {
      'jobs.locate': ({ id }) => this.locate(id),
      'jobs.takeLocated': ({ token }) => this.take(token),
      'jobs.takeFound': ({ token }) => this.takeFound(token),
    };
  }

  /**
   * Asks where the missing photo of a job is now.
   * @returns null when the dialog was closed
   * @throws {FailureError} `job_gone`, `superseded` when it is not missing any more, `no_service`, `other_service`;
   * `another_photo`, `source_missing`, `source_unreadable` for what was chosen; `enhanced_since`
   */
  async locate(id: number): Promise<LocateAnswer | null> {
    const { sourcePath } = this.#missing(id).job;
    const missing = basename(sourcePath);
    const purpose = `Where is “${missing}” now?`;
    const path = await this.#o.shell.choosePhoto(purpose, await nearestFolder(dirname(sourcePath)));
    if (path === null) return null;
    const { job } = this.#missing(id); // the dialog may have been open for long
    const found = await this.#look(path, job);
    const likeness = likenessOf(missedOf(job), found);
    if (likeness === 'same') return await this.#take(id, found);
    if (likeness !== 'size' && likeness !== 'name') throw refusal(found.name, missing, WHY[likeness]);
    const token = this.#nextToken();
    this.#unsure = { token, id, found };
    return { kind: 'unsure', token, missing, found: found.name, alike: likeness };
  }

  /**
   * Takes the file that the user was asked about.
   * @throws {FailureError} as `locate`; `superseded` when something else was asked about since
   */
  async take(token: number): Promise<Located> {
    const asked = this.#unsure;
    this.#unsure = null;
    if (asked?.token !== token) throw new FailureError(failure('superseded'));
    return await this.#take(asked.id, asked.found);
  }

  /**
   * Takes the photos that the user was told of as found along, and no others: those that are still missing.
   * @returns how many wait now
   * @throws {FailureError} `superseded` when others were found since; `no_service`; `other_service`
   */
  async takeFound(token: number): Promise<number> {
    const along = this.#along;
    if (along?.token !== token) throw new FailureError(failure('superseded'));
    this.#along = null;
    let taken = 0;
    await inSlices(along.found, (slice) => {
      const running = this.#o.running();
      if (running === null) throw new FailureError(failure('no_service'));
      if (running.service !== along.service) throw new FailureError(otherService(running.service));
      taken += running.engine.relocate(slice).filter((one) => one === 'queued').length;
    });
    return taken;
  }

  #nextToken(): number {
    this.#lastToken += 1;
    return this.#lastToken;
  }

  #missing(id: number): { readonly job: Job; readonly running: Running } {
    const job = this.#o.history.jobs.get(id);
    const running = this.#o.running();
    if (job === null) throw new FailureError(failure('job_gone'));
    if (running === null) throw new FailureError(failure('no_service'));
    if (job.service !== running.service) throw new FailureError(otherService(running.service));
    if (!isMissing(job)) throw notMissing();
    return { job, running };
  }

  /** What a chosen file is. @throws {FailureError} when it is no photo, a result of ours, or cannot be read */
  async #look(path: string, job: Job): Promise<Candidate> {
    const { history, media } = this.#o;
    const [name, missing] = [basename(path), basename(job.sourcePath)];
    try {
      const before = await markOf(path);
      const [info] = await media.inspect([path]);
      if (info === undefined || isFailure(info)) throw notReadable(info, name, missing);
      const isSized = job.fingerprint === null || job.fingerprint.bytes === before.bytes;
      const sha256 = isSized ? await hashFile(path, before.bytes) : null;
      const isOwn = history.jobs.isOutput(path) || (sha256 !== null && history.jobs.isOutputContent(sha256));
      if (isOwn) throw refusal(name, missing, 'it is a picture that Lightbatch made');
      const after = await markOf(path);
      if (after.bytes !== before.bytes || after.mtimeMs !== before.mtimeMs) {
        throw refusal(name, missing, 'it is being written to');
      }
      return { ...info, ...before, path, name, sha256 };
    } catch (error) {
      if (error instanceof FailureError) throw error;
      throw new FailureError(failure('source_unreadable', { detail: systemCode(error) }), { cause: error });
    }
  }

  async #take(id: number, found: Candidate): Promise<Located> {
    const { job } = this.#missing(id);
    const outDir = await outDirOf(job, found.path);
    const { running } = this.#missing(id); // from here on nothing comes in between
    const [became] = running.engine.relocate([placeOf(job, found, outDir)]);
    if (became === 'spoken-for') throw new FailureError(failure('enhanced_since'));
    if (became !== 'queued') throw notMissing();
    const along = await this.#findAlong(job, found);
    if (along.length === 0) return { kind: 'located', others: null };
    const token = this.#nextToken();
    this.#along = { token, service: job.service, found: along };
    return { kind: 'located', others: { token, photos: along.length } };
  }

  /** Those of its batch that were missing from the same folder, as far as they can go on: of other batches nobody spoke. */
  async #findAlong(located: Job, { path }: Candidate): Promise<FoundSource[]> {
    const { history } = this.#o;
    const { batchId, service, sourcePath } = located;
    const [from, to] = [dirname(sourcePath), dirname(path)];
    const ids = history.summaries.ids({ states: ['failed'], failureCode: 'source_missing', batchId, service });
    const along: FoundSource[] = [];
    await inSlices(ids, async (slice) => {
      const jobs = slice.flatMap((id) => history.jobs.get(id) ?? []);
      const missed = jobs.filter((job) => dirname(job.sourcePath) === from);
      const beside = missed.filter((job) => join(to, basename(job.sourcePath)) !== path);
      const found = (await this.#lookBeside(beside, to)).filter((one) => one !== null);
      along.push(...found.filter((one) => relocationOf(history, one) === 'queued'));
    });
    return along;
  }

  /** The photos of jobs in another folder, as far as they are there under their names, and without doubt the same. */
  async #lookBeside(jobs: readonly Job[], folder: string): Promise<(FoundSource | null)[]> {
    const marked = await mapLimited(jobs, FILES_AT_ONCE, async (job) => {
      const path = join(folder, basename(job.sourcePath));
      const mark = await markOf(path).catch(() => null); // not there, or not to be read: then it stays missing
      // Neither size nor content is known of one that was retried: that is for the user to say.
      const isSized = job.fingerprint === null ? job.sourceHash !== null : job.fingerprint.bytes === mark?.bytes;
      return mark !== null && isSized && (path === job.sourcePath || (await isGone(job.sourcePath)))
        ? { job, path, mark }
        : null;
    });
    const there = marked.filter((one) => one !== null);
    const infos = there.length === 0 ? [] : await this.#o.media.inspect(there.map(({ path }) => path));
    return await mapLimited([...there.entries()], FILES_AT_ONCE, async ([index, { job, path, mark }]) => {
      const info = infos[index];
      if (info === undefined || isFailure(info)) return null;
      // Also where nothing is recorded to compare it with: by its content it may be enhanced elsewhere by now.
      const sha256 = await hashFile(path, mark.bytes).catch(() => null);
      if (sha256 === null) return null;
      const found: Candidate = { ...info, ...mark, path, name: basename(path), sha256 };
      if (likenessOf(missedOf(job), found) !== 'same') return null;
      return placeOf(job, found, await outDirOf(job, path));
    });
  }
}

const WHY: Readonly<Record<Exclude<Likeness, 'same' | 'size' | 'name'>, string>> = {
  'other-content': 'its content is another one',
  'other-size': 'it has another size',
  'other-picture': 'it has other pixels or is of another format',
  'other-name': 'it has another name, and nothing else is recorded to know the photo by',
};

function refusal(found: string, missing: string, why: string): FailureError {
  const name = found === missing ? `This “${found}” is not the one that is missing` : `“${found}” is not “${missing}”`;
  const advice = 'Choose the file that was moved or renamed; a photo that was edited since is a new one: add it again.';
  const message = `${name}: ${why}. Nothing was changed, and nothing was sent. ${advice}`;
  return new FailureError(failure('another_photo', { message }));
}

/** What cannot be read is told as such; what is no photo is not this one. */
function notReadable(found: Failure | undefined, name: string, missing: string): FailureError {
  if (found?.code === 'source_missing' || found?.code === 'source_unreadable') return new FailureError(found);
  return refusal(name, missing, 'it is no photo that Lightbatch can read');
}

function notMissing(): FailureError {
  const message = 'This photo is not missing any more, so nothing was changed.';
  return new FailureError(failure('superseded', { message }));
}

function missedOf({ sourcePath, fingerprint, sourceHash, format, width, height }: Job) {
  return { name: basename(sourcePath), format, width, height, mark: fingerprint, sha256: sourceHash };
}

function placeOf({ id }: Job, { path, bytes, mtimeMs, sha256 }: Candidate, outDir: string): FoundSource {
  return { id, sourcePath: path, sourceBytes: bytes, sourceMtimeMs: mtimeMs, sourceHash: sha256, outDir };
}

/** @throws {FailureError} `source_missing` when it is no file; the system's error */
async function markOf(path: string): Promise<{ readonly bytes: number; readonly mtimeMs: number }> {
  const found = await stat(path);
  if (!found.isFile()) throw new FailureError(failure('source_missing', { detail: 'it is not a file' }));
  return { bytes: found.size, mtimeMs: Math.trunc(found.mtimeMs) };
}

/** Results that went beside a photo go on doing so when its whole folder is gone: nobody would look for them there. */
async function outDirOf({ sourcePath, outDir }: Job, path: string): Promise<string> {
  const [from, to] = [dirname(sourcePath), dirname(path)];
  if (from === to || !(await isGone(from))) return outDir;
  return (await folderBeside(outDir, { from, to })) ?? outDir;
}

/** What cannot be told counts as there. */
async function isGone(path: string): Promise<boolean> {
  return await stat(path).then(
    () => false,
    (error: unknown) => systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR',
  );
}

/** The folder, or the nearest above it that is there: where a dialog is to begin. */
async function nearestFolder(folder: string): Promise<string | null> {
  for (let at = folder; ; at = dirname(at)) {
    if (
      await stat(at).then(
        (found) => found.isDirectory(),
        () => false,
      )
    )
      return at;
    if (dirname(at) === at) return null;
  }
}
