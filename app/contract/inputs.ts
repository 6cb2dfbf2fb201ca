// The shapes of everything that the window may send, checked on arrival. Nothing here is a path: the window names files by
// the ids of jobs and intakes.
import * as z from 'zod';
import { EXISTS_POLICIES } from '../domain/batch.ts';
import { JOB_STATES } from '../domain/job.ts';
import { templateProblem } from '../domain/naming.ts';
import { RESOLUTIONS, SEED, STEPS } from '../domain/parameters.ts';
import { CREDITS_A_DAY, MINUTES_A_DAY, PATTERNS, PHOTOS_A_DAY, SETTLE_MS, STORM_LIMIT } from '../domain/watch.ts';
import { CONCURRENCY, JOB_ORDERS, REQUESTS_PER_MINUTE, THEMES, TILE_SIZE, UPLOAD_MEGAPIXELS } from './values.ts';

const whole = (min: number, max: number) => z.number().int().min(min).max(max);
const JOBS_AT_ONCE = 200_000;
const NAME_LENGTH = 200;

export const id = whole(1, Number.MAX_SAFE_INTEGER);
export const ids = z.array(id).max(JOBS_AT_ONCE);
export const state = z.enum(JOB_STATES);
export const text = z.string().max(NAME_LENGTH);
export const title = z.string().trim().min(1).max(NAME_LENGTH);
export const batchLimit = whole(1, 10_000);
export const failureCode = z.string().max(64);
export const which = z.enum(['original', 'enhanced']);

export const parameters = z.strictObject({
  resolution: z.enum(RESOLUTIONS),
  steps: whole(STEPS.min, STEPS.max),
  seed: whole(SEED.min, SEED.max),
  preserveAlpha: z.boolean(),
  inputModeration: z.boolean(),
  outputModeration: z.boolean(),
});

export const output = z.strictObject({
  onExists: z.enum(EXISTS_POLICIES),
  template: z.string().superRefine((value, context) => {
    const problem = templateProblem(value);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  }),
  maxUploadMegapixels: z.number().min(UPLOAD_MEGAPIXELS.min).max(UPLOAD_MEGAPIXELS.max),
});

export const preset = z.strictObject({ name: title, parameters, output });

export const preferences = z.strictObject({
  concurrency: whole(CONCURRENCY.min, CONCURRENCY.max),
  requestsPerMinute: whole(REQUESTS_PER_MINUTE.min, REQUESTS_PER_MINUTE.max).nullable(),
  parameters,
  output,
  recursive: z.boolean(),
  notifications: z.boolean(),
  startAtLogin: z.boolean(),
  keepInTray: z.boolean(),
  theme: z.enum(THEMES),
  tileSize: whole(TILE_SIZE.min, TILE_SIZE.max),
});

/** Jobs by their ids, or all of a batch (of all batches) that are in some states; in any state when there is none. */
export const selection = z.union([
  z.strictObject({ ids }),
  z.strictObject({ batchId: id, states: z.array(state) }),
  z.strictObject({ states: z.array(state) }),
]);
export type Selection = z.infer<typeof selection>;

export const jobQuery = z.strictObject({
  batchId: id,
  /** All states when it is empty. */
  states: z.array(state),
  order: z.enum(JOB_ORDERS),
  descending: z.boolean(),
});

export const historyFilter = z.strictObject({
  /** Part of a file name; empty for all. */
  text,
  /** All states when it is empty. */
  states: z.array(state),
  /** Ended from … to …, or added while they go on: milliseconds since the epoch, the end left out. */
  from: z.number().int().nullable(),
  to: z.number().int().nullable(),
  /** A folder as `history.facets` told it: compared with what the history holds, never opened. */
  folder: z.string().max(4_096).nullable(),
  failureCode: failureCode.nullable(),
  batchId: id.nullable(),
  /** Only what waits for the user's decision. */
  undecided: z.boolean(),
});
export type HistoryFilterInput = z.infer<typeof historyFilter>;

export const intakeSettings = z.strictObject({
  id,
  parameters,
  output,
  recursive: z.boolean(),
});

/** `name`: as the user calls the batch, where names of results may hold it; not there for the plan's own. */
export const intakeLook = intakeSettings.extend({ name: title.optional() });

/** `agreed`: the plan that the user had in sight, by its `agreement`. */
export const intakeStart = intakeSettings.extend({ name: title, agreed: id });

const minute = whole(0, MINUTES_A_DAY - 1);
/** A slash would fit no file name, and so silently take all photos or none. */
const pattern = z
  .string()
  .trim()
  .min(1)
  .max(PATTERNS.length)
  .regex(/^[^/\\]*$/);
const patterns = z.array(pattern).max(PATTERNS.max).readonly();

export const watchSettings = z.strictObject({
  parameters,
  output,
  recursive: z.boolean(),
  include: patterns,
  exclude: patterns,
  hours: z.strictObject({ from: minute, to: minute }).nullable(),
  photosADay: whole(PHOTOS_A_DAY.min, PHOTOS_A_DAY.max).nullable(),
  creditsADay: z.number().min(CREDITS_A_DAY.min).max(CREDITS_A_DAY.max).nullable(),
  stormLimit: whole(STORM_LIMIT.min, STORM_LIMIT.max),
  settleMs: whole(SETTLE_MS.min, SETTLE_MS.max).nullable(),
  polling: z.enum(['auto', 'always']),
});

/** What a key may look like on arrival; whether it is one is the service's to say. */
export const apiKey = z.string().trim().min(1).max(500);
