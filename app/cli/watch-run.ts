// Watches folders until the user interrupts or the queue stops; tells each photo as it is done, and what waits.
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import type { WatchRow } from '../contract/watch.ts';
import type { Job } from '../domain/batch.ts';
import type { Failure } from '../domain/failure.ts';
import type { Engine } from '../engine/engine.ts';
import { WatchFolders } from '../watch/watch-folders.ts';
import { EnterKey } from './enter-key.ts';
import { inForeground } from './foreground.ts';
import { jobLine, type Output } from './output.ts';
import { hold, sentence } from './progress.ts';
import { conclude, heldTeller, interruption, look, waitedFor } from './run.ts';
import type { Session } from './session.ts';
import { Tally } from './tally.ts';
import { count } from './text.ts';
import { UsageError } from './usage-error.ts';
import { type Offer, offerOf, price, releasedSentences, sentLater, WatchTeller } from './watch-teller.ts';

export interface WatchRequest {
  readonly folders: WatchFolders;
  readonly engine: Engine;
  /** The folders that are watched. */
  readonly ids: readonly number[];
  /** Also what was there before; also what waits because too much came at once. */
  readonly existing: boolean;
  readonly held: boolean;
  /** What waits because too much came at once is not wanted. */
  readonly leaveHeld: boolean;
  /** Whether the prices of both are agreed to unseen. */
  readonly yes: boolean;
}

const TICK_MS = 250;
/** Ticks after which it is looked though nothing changed: an idle watch costs next to nothing. */
const QUIET_TICKS = 8;

/** The folders of a session's history, and the engine that works for those that are chosen. */
export function foldersOf(
  session: Session,
  dataDir: string,
  chosen: ReadonlySet<number>,
): Omit<WatchRequest, 'ids' | 'existing' | 'held' | 'leaveHeld' | 'yes'> {
  const { history, media, clock, log, service } = session;
  const engine = session.engine({ kind: 'watches', watchIds: [] });
  const folders = new WatchFolders({
    history,
    engine: () => ({ engine, service }),
    media,
    clock,
    log,
    platform: process.platform,
    dataDir,
    homeDir: homedir(),
    only: ({ id }) => chosen.has(id),
  });
  return { folders, engine };
}

/** @returns the exit status */
export async function watchFolders(session: Session, output: Output, request: WatchRequest): Promise<number> {
  const { folders, engine, ids } = request;
  const tally = new Tally(Date.now());
  const outDirs = new Set<string>();
  const lines = { warn: (line: string) => output.warn(line), stop: () => undefined };
  const stopBoth = async () => {
    const ended = folders.stop(); // from here on nothing new comes, and nothing that waits is sent, whatever takes long
    await Promise.all([ended, engine.stop()]);
  };
  const interrupt = interruption(session.interrupts, { stop: stopBoth }, lines);
  using enter = canAsk(output)
    ? new EnterKey({
        agree: (offer) => release(request, output, offer),
        refuse: (offers) => refuse(request, output, offers),
        decline: (offers) => tellDeclined(offers, output),
      })
    : null;
  const teller = new WatchTeller({
    output,
    now: () => session.clock.now(),
    existing: request.existing && !request.yes,
    asker: enter,
  });
  const tellRows = () => teller.tell(chosenRows(request));
  engine.onJob((job) => {
    if (tally.note(job, Date.now())) settled(job, { session, output, outDirs });
  });
  const stopped = queueStop(engine);
  const timer = setInterval(ticker({ session, output, engine, folders, tally, tellRows }), TICK_MS);
  try {
    engine.setScope({ kind: 'watches', watchIds: ids });
    const { uncertain } = await engine.start();
    tellUncertain(uncertain.length, output);
    await folders.start();
    const agreeing = agreeAtStart(request, output).then(() => new Promise<never>(() => undefined)); // it ends nothing
    const why = await Promise.race([stopped, interrupt.happened, agreeing]);
    await stopBoth();
    const rows = chosenRows(request);
    clearInterval(timer);
    tellLeft(rows, output);
    tally.add(canceledBeside(session, ids, tally.startedAt), 'canceled');
    const held = waitedFor(engine.status());
    return conclude(session, output, { tally, stopped: why, outDirs, interrupted: interrupt.interrupted(), held });
  } finally {
    clearInterval(timer);
    interrupt.dispose();
    await folders.stop();
  }
}

function chosenRows({ folders, ids }: Pick<WatchRequest, 'folders' | 'ids'>): WatchRow[] {
  return folders.rows().filter(({ id }) => ids.includes(id));
}

/** Whether somebody is there who reads what is told, and can press a key. */
function canAsk(output: Output): boolean {
  return process.stdin.isTTY && output.human.isTTY === true && !output.json;
}

function settled(job: Job, at: { session: Session; output: Output; outDirs: Set<string> }): void {
  if (job.state === 'succeeded' && job.output) at.outDirs.add(dirname(job.output.path));
  at.output.say(sentence(job));
  for (const summary of at.session.history.summaries.list({ jobIds: [job.id] })) at.output.emit(jobLine(summary));
}

interface Ticking {
  readonly session: Session;
  readonly output: Output;
  readonly engine: Engine;
  readonly folders: WatchFolders;
  readonly tally: Tally;
  readonly tellRows: () => void;
}

/** Looks when something changed, and now and then all the same, since some of what is told is told only when it lasts. */
function ticker({ session, output, engine, folders, tally, tellRows }: Ticking): () => void {
  const tellHeld = heldTeller({ warn: (line) => output.warn(line) }, output);
  let told = '';
  let quiet = 0;
  const touch = () => void (quiet = QUIET_TICKS);
  folders.onChange(touch);
  engine.onQueue(touch);
  return () => {
    quiet += 1;
    if (quiet < QUIET_TICKS) return;
    quiet = 0;
    try {
      tellRows();
      const state = look(session, engine, tally);
      tellHeld(state.status);
      const [why = ''] = hold(state).split(';'); // what comes behind is a time that changes
      if (why !== '' && why !== told) output.say(hold(state));
      told = why;
    } catch {
      // The history cannot be read just now. The engine meets the same and stops for it; showing it must not end a run.
    }
  };
}

/** Resolves with why the queue stopped, when it came to rest for it. */
function queueStop(engine: Engine): Promise<Failure | null> {
  return new Promise((resolve) => {
    const end = engine.onQueue(() => {
      if (engine.status().stopped === null) return;
      end();
      resolve(engine.idle());
    });
  });
}

/**
 * What `--existing` and `--held` ask for, where the price was agreed to unseen.
 * @throws {UsageError} when it was not, and nobody is there to be asked
 */
async function agreeAtStart(request: WatchRequest, output: Output): Promise<void> {
  const { folders, existing, held, leaveHeld, yes } = request;
  if (!existing && !held && !leaveHeld) return;
  await folders.settled();
  if (leaveHeld) {
    const unwanted = chosenRows(request).filter((row) => row.held?.why === 'storm');
    for (const row of unwanted) if (row.held) leave(request, output, offerOf(row, 'held', row.held));
  }
  const rows = chosenRows(request);
  const wanted = rows.flatMap((row): (Offer & { readonly text: string })[] => {
    const storm = held && row.held?.why === 'storm' ? row.held : null;
    const there = existing ? row.existing : null;
    return [...(storm ? [worded(row, 'held', storm)] : []), ...(there ? [worded(row, 'existing', there)] : [])];
  });
  if (yes) {
    for (const offer of wanted) {
      output.say(offer.text);
      await release(request, output, offer);
    }
  } else if (!(canAsk(output) && inForeground()) && wanted.length > 0) {
    throw new UsageError(`${wanted.map(({ text }) => text).join(' ')} Add --yes to agree to that.`);
  }
}

function worded(row: WatchRow, which: Offer['which'], held: NonNullable<WatchRow['held']>): Offer & { text: string } {
  const what = which === 'existing' ? 'there before' : 'held back';
  const text = `“${row.name}”: ${count(held.photos, 'photo')} ${what} (${price(row, held)}).`;
  return { ...offerOf(row, which, held), text };
}

/** What was there before is left alone in any case; what came at once is from now on, too. */
function refuse(request: WatchRequest, output: Output, offers: readonly Offer[]): void {
  tellDeclined(
    offers.filter(({ which }) => which === 'existing'),
    output,
  );
  for (const offer of offers.filter(({ which }) => which === 'held')) leave(request, output, offer);
}

function leave({ folders }: WatchRequest, output: Output, { watchId, agreement }: Offer): void {
  try {
    const photos = folders.leave(watchId, agreement);
    const name = folders.rows().find(({ id }) => id === watchId)?.name ?? '';
    const them = `${count(photos, 'photo')} ${photos === 1 ? 'is' : 'are'}`;
    output.say(`“${name}”: ${them} left alone, as what was there before. --existing enhances what is left alone.`);
    output.emit({ type: 'left', id: watchId, photos });
  } catch (error) {
    output.warn(error instanceof Error ? error.message : String(error));
  }
}

function tellDeclined(offers: readonly Offer[], output: Output): void {
  if (offers.length === 0) return;
  const photos = offers.reduce((sum, offer) => sum + offer.photos, 0);
  const them = photos === 1 ? 'it' : 'them';
  output.say(`Not sent: ${count(photos, 'photo')}.`);
  for (const which of new Set(offers.map((offer) => offer.which))) output.say(sentLater(which, them));
}

/** What waits after all, for a limit of the day, is told as anything that waits; how many are known, by the folder’s row. */
async function release({ folders }: WatchRequest, output: Output, offer: Offer): Promise<void> {
  const { watchId, which, agreement, photos } = offer;
  output.say(`Enhancing ${count(photos, 'photo')}${which === 'existing' ? ', but none that is known' : ''}.`);
  output.emit({ type: 'released', id: watchId, which, photos });
  try {
    for (const line of releasedSentences(await folders.release(watchId, which, agreement))) output.say(line);
  } catch (error) {
    output.warn(error instanceof Error ? error.message : String(error));
  }
}

function tellUncertain(photos: number, output: Output): void {
  if (photos === 0) return;
  output.warn(`${count(photos, 'photo')} of an earlier run may have been charged: see “history --status uncertain”.`);
}

function tellLeft(rows: readonly WatchRow[], output: Output): void {
  for (const { name, held } of rows) {
    if (held === null) continue;
    const [wait, is] = held.photos === 1 ? ['waits', 'it is'] : ['wait', 'they are'];
    output.say(`“${name}”: ${count(held.photos, 'new photo')} ${wait}, and ${is} not sent.`);
  }
  output.say('What comes to the folders meanwhile is taken when they are watched again, here or in the app.');
}

/** Photos of these folders that another process canceled while they waited: nobody here heard of it. */
function canceledBeside({ history, service }: Session, ids: readonly number[], since: number): number[] {
  const canceled = history.summaries.list({ service, states: ['canceled'] });
  return [...canceled]
    .filter(({ job }) => (job.finishedAt ?? 0) >= since)
    .filter(({ job }) => ids.includes(history.watches.ofBatch(job.batchId)?.watchId ?? 0))
    .map(({ job }) => job.id);
}
