// What the user gave and has not started yet, by number: the window never names a path, and never learns to do so. Only
// the last few are held, and only until they are started or put away.
import { isAbsolute } from 'node:path';
import type { Input } from '../contract.ts';
import { localDay } from '../contract/local-day.ts';
import type { IntakePlan, IntakeProgress, StartedBatch } from '../contract/values.ts';
import { failure, FailureError } from '../domain/failure.ts';
import type { Media } from '../domain/picture.ts';
import type { Earlier } from '../engine/commands.ts';
import { earlierOf } from '../engine/commands.ts';
import type { Engine } from '../engine/engine.ts';
import { PRACTICE_SERVICE, type PlannedJob } from '../domain/batch.ts';
import type { History } from '../history/history.ts';
import type { Clock } from '../lib/clock.ts';
import { Turns } from '../lib/turns.ts';
import { keptFolders, photosAgain, type EarlierFolder } from './again.ts';
import type { Running } from './context.ts';
import type { Agreement, Terms } from './agreement.ts';
import { agreementOn, refuseUnlessAgreed } from './agreement.ts';
import { Inspections } from './inspections.ts';
import { describe, earlierOfAll, existingOf, findPhotos, type Findings, type Given } from './planning.ts';
import type { Preferences } from './preferences.ts';

type IntakeSettings = Omit<Input<'intake.plan'>, 'name'>;

export interface IntakesOptions {
  readonly history: History;
  readonly preferences: Preferences;
  readonly media: Pick<Media, 'inspect'>;
  readonly clock: Clock;
  /** `darwin`, `win32` or `linux`. */
  readonly platform: string;
  readonly running: () => Running | null;
  /** Credits; null while not known. */
  readonly balance: () => number | null;
  /** A sheet computes with the balance: it is to be asked for if it is old. The plan does not wait for it. */
  readonly needBalance: () => void;
  readonly onProgress: (progress: IntakeProgress) => void;
}

interface Intake {
  readonly id: number;
  readonly paths: readonly string[];
  readonly name: string | null;
  /** Where earlier results of its photos went: new ones follow them until another folder is chosen. */
  readonly earlier: ReadonlyMap<string, EarlierFolder>;
  /** As chosen for it; undefined for what is set for all batches, null for beside the photos. */
  out: string | null | undefined;
  readonly media: Inspections;
  /** The look under way. */
  look: AbortController | null;
  /** The numbers that were told last. */
  agreed: Agreement | null;
  starting: boolean;
}

const HELD = 20;
const PROGRESS_EVERY_MS = 100;

export class Intakes {
  readonly #o: IntakesOptions;
  readonly #intakes = new Map<number, Intake>();
  #lastId = 0;
  #lastAgreement = 0;
  /** Starts go one after the other: two of the same photos must not both find them new. */
  readonly #starts = new Turns();

  constructor(options: IntakesOptions) {
    this.#o = options;
  }

  /**
   * Takes what was dropped, chosen in a dialog or handed over at a start; whether it is there is seen when it is planned.
   * @param paths absolute; others are not taken
   * @param name for the batch, when what was given does not tell it
   * @param earlier where earlier results of the photos went, by path
   * @returns the intake's number
   */
  add(
    paths: readonly string[],
    name: string | null = null,
    earlier: ReadonlyMap<string, EarlierFolder> = new Map(),
  ): number {
    const taken = [...new Set(paths)].filter((path) => isAbsolute(path) && !path.includes('\0'));
    const media = new Inspections(this.#o.media);
    this.#lastId += 1;
    const id = this.#lastId;
    const begun = { out: undefined, look: null, agreed: null, starting: false };
    this.#intakes.set(id, { id, paths: taken, name, earlier, media, ...begun });
    const tooOld = [...this.#intakes.values()].filter(({ starting }) => !starting).slice(0, -HELD);
    for (const intake of tooOld) this.discard(intake.id);
    return id;
  }

  /**
   * The photos of jobs once more, under a name that no batch has; their results go where the earlier ones are.
   * @param unmoderated whether the name is to say that moderation is off
   * @throws {FailureError} `intake_gone` when none of them is in the history any more
   */
  async again(jobIds: readonly number[], unmoderated = false): Promise<number> {
    const { paths, name, folders } = await photosAgain(this.#o.history, jobIds, unmoderated);
    return this.add(paths, name, folders);
  }

  /**
   * What a batch of an intake would be. One that is asked for while an earlier one is still at work takes its place.
   * @throws {FailureError} `intake_gone`; `superseded` when a newer one was asked for
   * @throws {IntakeError} `would_overwrite`, `bad_output`
   */
  async plan({ name, ...settings }: Input<'intake.plan'>): Promise<IntakePlan> {
    const intake = this.#get(settings.id);
    if (intake.starting) throw overtaken();
    this.#o.needBalance();
    const given = this.#given(intake, settings, name ?? intake.name);
    const found = await findPhotos(given, { history: this.#o.history, media: intake.media });
    const { history, preferences, platform, clock } = this.#o;
    const wall = clock.wall();
    const service = this.#o.running()?.service ?? null;
    const basis = { history, service, preferences: preferences.values, balance: this.#o.balance(), platform, wall };
    const { plan, agreed } = await describe(found, given, basis);
    given.signal.throwIfAborted();
    this.#lastAgreement += 1;
    intake.agreed = agreementOn(this.#lastAgreement, termsOf(given, service), agreed);
    return { id: intake.id, agreement: intake.agreed.token, ...plan };
  }

  /** Chooses the output folder of an intake; null is beside the photos. @throws {FailureError} `intake_gone` */
  setOutput(id: number, out: string | null): void {
    this.#get(id).out = out;
  }

  /** @throws {FailureError} `intake_gone` */
  require(id: number): void {
    this.#get(id);
  }

  /** What was given, absolute. @throws {FailureError} `intake_gone` */
  pathsOf(id: number): readonly string[] {
    return this.#get(id).paths;
  }

  /**
   * Makes a batch of an intake, looking once more at what is there now: only what the user agreed to is sent.
   * @throws {FailureError} `intake_gone`, `superseded` when it is being started already, `no_service`, `plan_changed`
   * @throws {IntakeError} `no_photos`, `would_overwrite`, `bad_output`
   */
  async start({ name, agreed, ...settings }: Input<'intake.start'>): Promise<StartedBatch> {
    const intake = this.#get(settings.id);
    if (intake.starting) throw overtaken();
    intake.starting = true;
    try {
      return await this.#starts.take(async () => {
        this.#get(intake.id); // it may have been put away while it waited for its turn
        const given = this.#given(intake, settings, name);
        const found = await findPhotos(given, { history: this.#o.history, media: intake.media });
        given.signal.throwIfAborted();
        const started = await this.#create(found, given, { last: intake.agreed, token: agreed });
        this.#intakes.delete(intake.id);
        return started;
      });
    } finally {
      intake.starting = false;
    }
  }

  /** Lets go of an intake; one that is being started is not, unless its batch is made already. */
  discard(id: number): void {
    this.#intakes.get(id)?.look?.abort(overtaken());
    this.#intakes.delete(id);
  }

  stop(): void {
    for (const id of this.#intakes.keys()) this.discard(id);
  }

  /** Looks for earlier jobs bit by bit, then makes the batch in one step; what changed in between is looked at again. */
  async #create(
    found: Findings,
    given: Given,
    agreed: { readonly last: Agreement | null; readonly token: number },
  ): Promise<StartedBatch> {
    if (found.problem !== null) throw found.problem;
    const running = this.#o.running();
    if (running === null) throw new FailureError(failure('no_service'));
    const { service, engine } = running;
    const { history, platform } = this.#o;
    const { parameters, output, signal } = given;
    const changed = new Set<string>();
    const others = new Set<number>(); // batches made meanwhile, as by a watch folder: any of the photos may be in them
    const ends = [
      engine.onJob(({ sourcePath }) => changed.add(sourcePath)),
      engine.onBatch((batchId) => others.add(batchId)),
    ];
    try {
      const earlier = await earlierOfAll(found.jobs, given, { history, service });
      const skipped = output.onExists === 'skip' ? await existingOf(found.jobs, platform) : new Set<PlannedJob>();
      signal.throwIfAborted();
      if (this.#o.running() !== running) throw overtaken();
      for (const [index, photo] of found.jobs.entries()) {
        if (others.size > 0 || changed.has(photo.sourcePath))
          earlier[index] = earlierOf(history, { service, parameters }, photo);
      }
      const intention = { terms: termsOf(given, service), jobs: found.jobs, earlier, skipped };
      refuseUnlessAgreed(agreed.last, agreed.token, intention);
      return addBatch(engine, { found, earlier, given });
    } finally {
      for (const end of ends) end();
    }
  }

  #get(id: number): Intake {
    const intake = this.#intakes.get(id);
    if (!intake) throw new FailureError(failure('intake_gone'));
    return intake;
  }

  #given(intake: Intake, settings: IntakeSettings, name: string | null): Given {
    intake.look?.abort(overtaken());
    const look = new AbortController();
    intake.look = look;
    const { recursive, parameters, output } = settings;
    const { signal } = look;
    const { clock, onProgress, preferences } = this.#o;
    const practice = this.#o.running()?.service === PRACTICE_SERVICE;
    const out = intake.out === undefined ? preferences.outputFolder : intake.out;
    let toldAt = -Infinity;
    return {
      paths: intake.paths,
      out,
      kept: intake.out === undefined ? keptFolders(intake.earlier, out, practice) : new Map(),
      practice,
      recursive,
      parameters,
      output,
      name,
      date: localDay(clock.wall()),
      signal,
      onProgress: (progress) => {
        if (signal.aborted || clock.now() - toldAt < PROGRESS_EVERY_MS) return;
        toldAt = clock.now();
        onProgress({ id: intake.id, ...progress });
      },
    };
  }
}

/** Makes the batch of what is new; what earlier batches have goes on there. */
function addBatch(
  engine: Engine,
  { found, earlier, given }: { found: Findings; earlier: readonly Earlier[]; given: Given },
): StartedBatch {
  const fresh = found.jobs.filter((_, index) => earlier[index]?.kind === 'fresh');
  const joined = earlier.filter((one) => one.kind === 'joined');
  const ended = joined.filter((one) => one.ended).map(({ id }) => id);
  if (ended.length > 0) engine.retry({ jobIds: ended, states: ['failed', 'canceled'] });
  const { parameters, output } = given;
  const batch = fresh.length === 0 ? null : engine.addBatch({ name: found.name, parameters, output, jobs: fresh });
  return {
    batchId: batch?.id ?? null,
    joinedBatchId: joined.reduce<number | null>((last, { batchId }) => Math.max(last ?? 0, batchId), null),
    jobs: fresh.length,
    joined: joined.length,
    doubtful: earlier.length - fresh.length - joined.length,
  };
}

function termsOf({ out, kept, recursive, parameters, output }: Given, service: string | null): Terms {
  return { service, out, kept: kept.size > 0, recursive, parameters, output };
}

function overtaken(): FailureError {
  return new FailureError(failure('superseded'));
}
