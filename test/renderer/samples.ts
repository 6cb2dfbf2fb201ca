// Plain values of the contract for the tests of components: valid, and changed where a test says so.
import type {
  AppState,
  BatchRow,
  FeedMessage,
  HistoryRow,
  IntakePlan,
  JobDetail,
  JobRow,
} from '../../app/contract/values.ts';
import { emptyCounts, type Totals, unfinishedOf } from '../../app/domain/batch.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { OUTPUT, queueState } from '../fakes/values.ts';

export { queueState, watchRow, watchSettings } from '../fakes/values.ts';

export const AT = Date.UTC(2026, 10, 22, 12);

export function appState(changes: Partial<AppState> = {}): AppState {
  return {
    version: '0.1.0',
    platform: 'linux',
    service: {
      kind: 'segmind',
      key: { last4: '01ab', kept: 'keyring' },
      canKeepKey: true,
      balance: { credits: 12.5, at: AT },
      trouble: null,
      missing: null,
    },
    preferences: {
      concurrency: 8,
      requestsPerMinute: 50,
      parameters: DEFAULT_PARAMETERS,
      output: OUTPUT,
      recursive: false,
      notifications: true,
      startAtLogin: false,
      keepInTray: false,
      theme: 'system',
      tileSize: 200,
    },
    outputFolder: null,
    presets: [],
    notices: [],
    dataFolder: '/data/Lightbatch',
    ...changes,
  };
}

export function batchRow(changes: Partial<BatchRow> = {}): BatchRow {
  const { preferences } = appState();
  return {
    id: 1,
    name: 'Wedding',
    service: 'https://api.segmind.com',
    practice: false,
    parameters: preferences.parameters,
    output: preferences.output,
    createdAt: AT,
    counts: { ...emptyCounts(), queued: 3 },
    credits: 0,
    secondsLeft: null,
    photosPerMinute: null,
    ...changes,
  };
}

/** What the core would answer if these were all batches. */
export function totalsOf(batches: readonly BatchRow[]): Totals {
  const sum = (rows: readonly BatchRow[], of: (row: BatchRow) => number) => rows.reduce((all, row) => all + of(row), 0);
  const paid = batches.filter(({ practice }) => !practice);
  return {
    enhanced: sum(batches, ({ counts }) => counts.succeeded),
    unfinished: sum(batches, ({ counts }) => unfinishedOf(counts)),
    paid: {
      unfinished: sum(paid, ({ counts }) => unfinishedOf(counts)),
      atService: sum(paid, ({ counts }) => counts.submitting + counts.processing),
      credits: sum(paid, ({ credits }) => credits),
    },
  };
}

/** So many finished batches of one enhanced photo each, newest first. */
export function doneBatches(count: number): BatchRow[] {
  const counts = { ...emptyCounts(), succeeded: 1 };
  return Array.from({ length: count }, (_, index) =>
    batchRow({ id: count - index, name: `Shoot ${count - index}.`, counts, credits: 0.5 }),
  );
}

export function jobRow(changes: Partial<JobRow> = {}): JobRow {
  return {
    id: 1,
    batchId: 1,
    state: 'queued',
    name: 'IMG_0001.jpg',
    width: 6_000,
    height: 4_000,
    notBefore: 0,
    submittedAt: null,
    failure: null,
    output: null,
    attempts: 0,
    charged: 'no',
    credits: 0,
    owed: false,
    left: false,
    createdAt: AT,
    updatedAt: AT,
    finishedAt: null,
    ...changes,
  };
}

export function feedMessage(changes: Partial<FeedMessage> = {}): FeedMessage {
  return {
    seq: 1,
    rows: [],
    overflow: false,
    batches: [],
    removedBatches: [],
    membership: false,
    queue: queueState(),
    ...changes,
  };
}

export function intakePlan(changes: Partial<IntakePlan> = {}): IntakePlan {
  return {
    id: 5,
    agreement: 1,
    name: 'Wedding',
    photos: 3,
    leftOut: [],
    leftOutCount: 0,
    joined: 0,
    fetched: 0,
    doubtful: 0,
    quote: {
      photos: 3,
      shrinking: 0,
      credits: 0.12,
      fromHistory: false,
      seconds: 90,
      ahead: { photos: 0, credits: 0 },
    },
    short: false,
    example: 'IMG_0001_enhanced.jpg',
    outputFolders: ['/photos/Enhanced'],
    outputFolderChosen: false,
    outputFolderKept: false,
    existing: 0,
    identical: 0,
    ...changes,
  };
}

export function historyRow(changes: Partial<HistoryRow> = {}): HistoryRow {
  return { ...jobRow(), batchName: 'Wedding', practice: false, folder: '/photos', requestId: null, ...changes };
}

export function jobDetail(changes: Partial<JobDetail> = {}): JobDetail {
  return {
    row: jobRow(),
    batchName: 'Wedding',
    service: 'https://api.segmind.com',
    parameters: DEFAULT_PARAMETERS,
    sourcePath: '/photos/IMG_0001.jpg',
    outputPath: null,
    outputBytes: null,
    sourceHash: null,
    outputHash: null,
    requestId: null,
    attempts: [],
    ...changes,
  };
}
