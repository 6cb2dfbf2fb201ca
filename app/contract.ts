// Every command and event between the core and a window: its name, the shape of what comes in, the type of what goes out.
// One request channel and one event channel carry them; `main/ipc.ts` parses each input by its schema.
import * as z from 'zod';
import * as inputs from './contract/inputs.ts';
import type { Which } from './contract/pictures.ts';
import type {
  AppState,
  BatchRow,
  CanceledJobs,
  FeedMessage,
  HistoryFacets,
  HistoryPage,
  IntakePlan,
  IntakeProgress,
  Intent,
  JobDetail,
  JobIds,
  JobPage,
  JobTally,
  Located,
  LocateAnswer,
  Opening,
  QueueState,
  RetriedJobs,
  RetryPlan,
  ServiceState,
  StartedBatch,
} from './contract/values.ts';
import type { ReleasedPhotos, WatchRow } from './contract/watch.ts';
import { LINKS } from './contract/values.ts';
import type { BatchName, Totals } from './domain/batch.ts';
import type { Failure } from './domain/failure.ts';

interface Command<Input extends z.ZodType, Output> {
  readonly input: Input;
  /** Never there at run time: it carries the type of the answer. */
  readonly output?: Output;
}

const command =
  <Output>() =>
  <Input extends z.ZodType>(input: Input): Command<Input, Output> => ({ input });

const nothing = z.undefined();
const { id, ids } = inputs;

export const COMMANDS = {
  /** The first question of a window: where things stand, or why they cannot. */
  'app.open': command<Opening>()(nothing),
  /** Tries again to open the history. */
  'app.reopen': command<Opening>()(nothing),
  'app.dismiss': command<null>()(z.strictObject({ notice: inputs.text })),
  'app.openLogs': command<null>()(nothing),
  'app.openDataFolder': command<null>()(nothing),
  'app.openLink': command<null>()(z.strictObject({ link: z.enum(LINKS) })),
  'app.quit': command<null>()(nothing),

  /** Verifies a key with the service and keeps it, where it can be kept. */
  'service.setKey': command<ServiceState>()(z.strictObject({ key: inputs.apiKey })),
  'service.forgetKey': command<ServiceState>()(nothing),
  'service.use': command<ServiceState>()(z.strictObject({ kind: z.enum(['segmind', 'practice']) })),
  /** Asks for the balance anew. */
  'service.refresh': command<ServiceState>()(nothing),

  'settings.set': command<AppState>()(inputs.preferences.partial()),
  /** A dialog for the output folder of all new batches. */
  'settings.chooseOutputFolder': command<AppState>()(nothing),
  'settings.clearOutputFolder': command<AppState>()(nothing),
  'presets.save': command<AppState>()(inputs.preset),
  'presets.remove': command<AppState>()(z.strictObject({ name: inputs.title })),

  /** Dialogs for photos or a folder; null when they were closed. Dropped files come by the preload's own way. */
  'intake.choose': command<{ readonly id: number } | null>()(z.strictObject({ kind: z.enum(['files', 'folder']) })),
  /** The sample photographs that come with the app. */
  'intake.samples': command<{ readonly id: number }>()(nothing),
  /** Looks at what was given; progress comes as events. Asked again with other settings, it looks at nothing twice. */
  'intake.plan': command<IntakePlan>()(inputs.intakeLook),
  /** A dialog for this intake's output folder; false when it was closed. */
  'intake.chooseOutput': command<boolean>()(z.strictObject({ id })),
  /** Back to the folder beside the photos. */
  'intake.clearOutput': command<null>()(z.strictObject({ id })),
  /** Sends no photo that was not among those of the plan that was agreed on: fails with `plan_changed` instead. */
  'intake.start': command<StartedBatch>()(inputs.intakeStart),
  'intake.discard': command<null>()(z.strictObject({ id })),

  'queue.state': command<QueueState>()(nothing),
  'queue.pause': command<QueueState>()(nothing),
  'queue.resume': command<QueueState>()(nothing),

  /** In the order in which they were added. */
  'watch.list': command<readonly WatchRow[]>()(nothing),
  /** A dialog for the folder; null when it was closed. Watching begins at once, with what is set for new batches. */
  'watch.choose': command<WatchRow | null>()(nothing),
  /** The folders of an intake: what was dropped on the view. Files among them are left out. */
  'watch.addIntake': command<readonly WatchRow[]>()(z.strictObject({ id })),
  'watch.change': command<WatchRow>()(z.strictObject({ id, settings: inputs.watchSettings })),
  /** A dialog for its output folder; false when it was closed. */
  'watch.chooseOutput': command<boolean>()(z.strictObject({ id })),
  /** Back to the folder beside the photos. */
  'watch.clearOutput': command<null>()(z.strictObject({ id })),
  'watch.pause': command<WatchRow>()(z.strictObject({ id, paused: z.boolean() })),
  /** Sends the photos that wait, as far as the agreement names them. */
  'watch.release': command<ReleasedPhotos>()(
    z.strictObject({ id, which: z.enum(['held', 'existing']), agreement: z.number().int().min(1) }),
  ),
  /**
   * Leaves photos alone that wait because too many came at once, as far as the agreement names them: from then on they
   * count as there before. @returns how many
   */
  'watch.leave': command<number>()(z.strictObject({ id, agreement: z.number().int().min(1) })),
  /** A folder of another service now belongs to the one in use; what is in it by now counts as having been there. */
  'watch.move': command<WatchRow>()(z.strictObject({ id })),
  /** Ends watching; photos, results and history stay. */
  'watch.remove': command<null>()(z.strictObject({ id })),
  'watch.reveal': command<null>()(z.strictObject({ id, which: z.enum(['photos', 'enhanced']) })),

  /** Newest first. Those that are not finished come in any case, after as many as were asked for. */
  'batches.list': command<readonly BatchRow[]>()(z.strictObject({ limit: inputs.batchLimit })),
  /** The next older ones, newest first; fewer than were asked for when there are no more. */
  'batches.older': command<readonly BatchRow[]>()(z.strictObject({ before: id, limit: inputs.batchLimit })),
  /** What all batches add up to, those that no window lists among them. */
  'batches.totals': command<Totals>()(nothing),
  /** Every batch by its name, newest first: for one to be looked for. */
  'batches.names': command<readonly BatchName[]>()(nothing),
  'batches.get': command<BatchRow | null>()(z.strictObject({ id })),
  'batches.rename': command<BatchRow | null>()(z.strictObject({ id, name: inputs.title })),

  /** Whose photos come with the feed; null for none. Also the answer to a window that was hidden. */
  'feed.watch': command<{ readonly seq: number }>()(z.strictObject({ batchId: id.nullable() })),
  'jobs.ids': command<JobIds>()(inputs.jobQuery),
  'jobs.rows': command<JobPage>()(z.strictObject({ ids: ids.max(500) })),
  /** Those of some jobs that are in any of these states, and failed with this code where one is given. */
  'jobs.select': command<readonly number[]>()(
    z.strictObject({ ids, states: z.array(inputs.state), failureCode: inputs.failureCode.nullable() }),
  ),
  /** What is among some jobs, for menus and questions about more of them than the window has rows of. */
  'jobs.tally': command<JobTally>()(z.strictObject({ ids })),
  'jobs.detail': command<JobDetail | null>()(z.strictObject({ id })),
  /** `consent`: photos that were charged without a picture, or may have been, are submitted again, too. */
  'jobs.retry': command<RetriedJobs>()(z.strictObject({ jobs: inputs.selection, consent: z.boolean() })),
  /** What such a retry would do at this moment; nothing is changed. */
  'jobs.retryPlan': command<RetryPlan>()(z.strictObject({ jobs: inputs.selection, consent: z.boolean() })),
  /**
   * A dialog for where a missing photo is now; null when it was closed. The photo waits to be enhanced again; of others that
   * are found along with it is told. Fails with `another_photo`, `enhanced_since`.
   */
  'jobs.locate': command<LocateAnswer | null>()(z.strictObject({ id })),
  /** It is the photo, as the user says: the one that `jobs.locate` was unsure of last, by its token. */
  'jobs.takeLocated': command<Located>()(z.strictObject({ token: id })),
  /** The photos that were found along, by the token of the last answer that told of any, wait to be enhanced, too. @returns how many */
  'jobs.takeFound': command<number>()(z.strictObject({ token: id })),
  /** The same photos again with other parameters, as a batch of their own; `unmoderated` names it after that. */
  'jobs.again': command<{ readonly id: number }>()(z.strictObject({ ids, unmoderated: z.boolean().optional() })),
  /** `abandon`: also what is at the service, and may be charged, is given up. */
  'jobs.cancel': command<CanceledJobs>()(z.strictObject({ jobs: inputs.selection, abandon: z.boolean() })),
  /** Uncertain photos stay so, and ask for no decision any more. */
  'jobs.leave': command<number>()(z.strictObject({ ids })),
  /** Which of its files are not where the history has them: moved, or on a drive that is not connected. */
  'jobs.away': command<readonly Which[]>()(z.strictObject({ id })),
  'jobs.open': command<null>()(z.strictObject({ id, which: inputs.which })),
  'jobs.reveal': command<null>()(z.strictObject({ id, which: inputs.which })),
  /** Everything known of them as text, on the clipboard. */
  'jobs.copyDetails': command<null>()(z.strictObject({ ids: ids.max(1_000) })),

  'history.page': command<HistoryPage>()(
    z.strictObject({
      filter: inputs.historyFilter,
      offset: z.number().int().min(0),
      limit: z.number().int().min(1).max(500),
    }),
  ),
  'history.facets': command<HistoryFacets>()(nothing),
  /** The ids of all that fit, newest first. */
  'history.ids': command<readonly number[]>()(z.strictObject({ filter: inputs.historyFilter })),
  /** A dialog for the file; null when it was closed. */
  'history.export': command<{ readonly jobs: number; readonly name: string } | null>()(
    z.strictObject({ filter: inputs.historyFilter, format: z.enum(['csv', 'json']) }),
  ),
  /** Removes settled photos from the history; pictures stay where they are. @returns how many were removed */
  'history.remove': command<{ readonly removed: number; readonly kept: number }>()(z.strictObject({ ids })),
} as const;

export type Commands = typeof COMMANDS;
export type CommandName = keyof Commands;
export type Input<Name extends CommandName> = z.infer<Commands[Name]['input']>;
export type Output<Name extends CommandName> = Exclude<Commands[Name]['output'], undefined>;

/** One handler for each command: a missing one does not compile. */
export type Handlers = { readonly [Name in CommandName]: (input: Input<Name>) => Promise<Output<Name>> | Output<Name> };

/** What the core tells without being asked. */
export interface Events {
  readonly feed: FeedMessage;
  readonly app: AppState;
  readonly intake: IntakeProgress;
  /** All watch folders, when anything about one of them changed; at most four times a second. */
  readonly watch: readonly WatchRow[];
  readonly intent: Intent;
  /** The history cannot be used any more, or again. */
  readonly opening: Opening;
}
export type EventName = keyof Events;
export type Event = { readonly [Name in EventName]: { readonly name: Name; readonly value: Events[Name] } }[EventName];

/** How every command is answered. */
export type Answer<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly failure: Failure };

/** What the preload gives the window: nothing else of the app can be reached from there. */
export interface Bridge {
  /** The answer of a command; its name and input are checked on the other side. */
  readonly call: (name: string, input: unknown) => Promise<Answer<unknown>>;
  /** Every event; the answer ends it. */
  readonly on: (listener: (event: Event) => void) => () => void;
  /** Files dropped on the window become an intake; null when none of them is a file of this machine. */
  readonly drop: (files: readonly unknown[]) => Promise<Answer<{ readonly id: number } | null>>;
}

/** A command's name, told from any text. */
export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}
