// The states of a job in the words and tones of the window.
import type { StateCounts } from '../../app/domain/batch.ts';
import { totalOf, unfinishedOf } from '../../app/domain/batch.ts';
import type { JobState } from '../../app/domain/job.ts';
import type { BatchRow, QueueState, RestingPhotos } from '../../app/contract/values.ts';
import { number } from './format.ts';

export type Tone = 'waiting' | 'working' | 'done' | 'failed' | 'uncertain' | 'quiet';

interface StateText {
  readonly label: string;
  readonly tone: Tone;
}

const STATES: Readonly<Record<JobState, StateText>> = {
  queued: { label: 'Waiting', tone: 'waiting' },
  preparing: { label: 'Preparing', tone: 'working' },
  submitting: { label: 'Sending', tone: 'working' },
  processing: { label: 'Enhancing', tone: 'working' },
  saving: { label: 'Saving', tone: 'working' },
  succeeded: { label: 'Enhanced', tone: 'done' },
  uncertain: { label: 'Uncertain', tone: 'uncertain' },
  failed: { label: 'Failed', tone: 'failed' },
  canceled: { label: 'Canceled', tone: 'quiet' },
  skipped: { label: 'Skipped', tone: 'quiet' },
};

export function stateLabel(state: JobState): string {
  return STATES[state].label;
}

/** The service of photos that nobody works on, because another one is in use, or none. */
export type Elsewhere = 'segmind' | 'practice';

/** @param elsewhere when the photo's service is not the one in use: whatever was begun waits there */
export function stateTone(state: JobState, elsewhere: Elsewhere | null = null): Tone {
  const { tone } = STATES[state];
  return elsewhere !== null && tone === 'working' ? 'waiting' : tone;
}

/** States as the user filters by them. */
export const STATE_GROUPS = [
  { id: 'all', label: 'All', states: [] },
  { id: 'waiting', label: 'Waiting', states: ['queued'] },
  { id: 'working', label: 'In progress', states: ['preparing', 'submitting', 'processing', 'saving'] },
  { id: 'done', label: 'Enhanced', states: ['succeeded'] },
  { id: 'failed', label: 'Failed', states: ['failed'] },
  { id: 'uncertain', label: 'Uncertain', states: ['uncertain'] },
  { id: 'quiet', label: 'Skipped or canceled', states: ['skipped', 'canceled'] },
] as const satisfies readonly { id: string; label: string; states: readonly JobState[] }[];
export type StateGroup = (typeof STATE_GROUPS)[number]['id'];

export function statesOf(group: StateGroup): readonly JobState[] {
  return STATE_GROUPS.find(({ id }) => id === group)?.states ?? [];
}

export function stateGroupLabel(group: StateGroup): string {
  return STATE_GROUPS.find(({ id }) => id === group)?.label ?? '';
}

/** What of the group of skipped and canceled photos there is, in fewer words where it is one of them. */
export function quietLabel({ skipped, canceled }: StateCounts): string {
  if (canceled === 0 && skipped > 0) return STATES.skipped.label;
  if (skipped === 0 && canceled > 0) return STATES.canceled.label;
  return stateGroupLabel('quiet');
}

export function countOf(counts: StateCounts, group: StateGroup): number {
  return group === 'all' ? totalOf(counts) : statesOf(group).reduce((sum, state) => sum + counts[state], 0);
}

/** How a batch as a whole is. */
export type BatchState =
  'running' | 'paused' | 'stopped' | 'waiting' | 'resting' | 'attention' | 'done' | 'canceled' | 'elsewhere';

/** What of a batch waits for its watch folder, which is paused or outside its hours; null when nothing does. */
export function restingIn({ id }: Pick<BatchRow, 'id'>, queue: QueueState | null): RestingPhotos | null {
  return queue?.resting.find(({ batchId }) => batchId === id) ?? null;
}

/** @param here whether its service is the one in use */
export function batchState(batch: BatchRow, queue: QueueState | null, here: boolean): BatchState {
  const { counts } = batch;
  if (unfinishedOf(counts) > 0) {
    if (!here) return 'elsewhere';
    if (queue?.stopped) return 'stopped';
    if (queue?.paused) return 'paused';
    if (countOf(counts, 'working') > 0) return 'running';
    return (restingIn(batch, queue)?.photos ?? 0) >= counts.queued ? 'resting' : 'waiting';
  }
  if (counts.failed + counts.uncertain > 0) return 'attention';
  return counts.succeeded + counts.skipped > 0 || counts.canceled === 0 ? 'done' : 'canceled';
}

const BATCH_LABELS: Readonly<Record<BatchState, string>> = {
  running: 'Running',
  paused: 'Paused',
  stopped: 'Stopped',
  waiting: 'Waiting',
  resting: 'Waits for its folder',
  attention: 'Needs attention',
  done: 'Done',
  canceled: 'Canceled',
  elsewhere: 'Waits for its service',
};

/** A batch of which photos were canceled is not plainly done. */
export function batchLabel(state: BatchState, { canceled }: StateCounts): string {
  if (state === 'done' && canceled > 0) return `${BATCH_LABELS.done}, ${number(canceled)} canceled`;
  return BATCH_LABELS[state];
}
