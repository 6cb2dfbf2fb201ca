// Plain values of the contract that tests of the core, of the shell and of the window all need: valid, and changed where a
// test says so.
import type { QueueState } from '../../app/contract/values.ts';
import type { WatchRow } from '../../app/contract/watch.ts';
import type { OutputSettings } from '../../app/domain/batch.ts';
import { DEFAULT_TEMPLATE } from '../../app/domain/naming.ts';
import { DEFAULT_PARAMETERS } from '../../app/domain/parameters.ts';
import { usualWatchSettings, type WatchSettings } from '../../app/domain/watch.ts';

export const OUTPUT: OutputSettings = { onExists: 'skip', template: DEFAULT_TEMPLATE, maxUploadMegapixels: 24 };

export function queueState(changes: Partial<QueueState> = {}): QueueState {
  return {
    unfinished: 0,
    resting: [],
    waiting: changes.unfinished ?? 0,
    atService: 0,
    concurrency: 8,
    paused: false,
    stopped: null,
    heldUntil: null,
    limitedUntil: null,
    paced: null,
    heldFolders: [],
    typicalMs: 30_000,
    photoPrice: { credits: 0.04, fromHistory: false },
    uncertain: 0,
    failed: 0,
    owedElsewhere: { photos: 0, oldestSubmittedAt: null },
    ...changes,
  };
}

export function watchSettings(changes: Partial<WatchSettings> = {}): WatchSettings {
  const usual = usualWatchSettings({ parameters: DEFAULT_PARAMETERS, output: OUTPUT, recursive: false });
  return { ...usual, ...changes };
}

export function watchRow(changes: Partial<WatchRow> = {}): WatchRow {
  return {
    id: 1,
    name: 'Tethered',
    path: '/photos/Tethered',
    practice: false,
    settings: watchSettings(),
    usualCost: 0.04,
    outputFolder: '/photos/Tethered/Enhanced',
    outputFolderChosen: false,
    state: 'watching',
    paused: false,
    trouble: null,
    polling: null,
    held: null,
    resting: 0,
    existing: null,
    waitingCount: 0,
    waiting: [],
    leftOut: { count: 0, files: [], raw: 0 },
    today: { queued: 0, enhanced: 0, failed: 0, unfinished: 0, resting: 0, known: 0, credits: 0, batchId: null },
    last: [],
    lastAt: null,
    ...changes,
  };
}
