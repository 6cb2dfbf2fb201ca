// How the queue is, as menu, tray and dock show it: pure functions from the core's status.
import type { Status } from '../app/backend/backend.ts';
import { NOT_WATCHED, restingPhotos } from '../app/domain/watch.ts';

/** `attention`: the queue stopped for a reason that the user can mend; `idle`: there is nothing to do. */
export type Mood = 'idle' | 'running' | 'paused' | 'attention';

export function moodOf({ queue, unfinished, watching }: Status): Mood {
  if (queue === null) return 'idle';
  if (queue.stopped !== null) return 'attention';
  if (unfinished > 0 || queue.atService > 0) return queue.paused ? 'paused' : 'running';
  return queue.paused && watching.folders + watching.away > 0 ? 'paused' : 'idle'; // what comes will not be sent
}

/** Whether something goes on only when the user does something: in the queue, or in a watch folder. */
export function wantsUser(status: Status): boolean {
  return moodOf(status) === 'attention' || wantLines(status).some((line) => line !== null);
}

/** Whether the machine must not fall asleep: something runs, or something paid for is still to be fetched. */
export function keepsAwake(status: Status): boolean {
  return status.running || (status.queue?.atService ?? 0) > 0;
}

/** Whether an end without order could cut off something: also just after a pause, a submit may be in the air. */
export function hasUnfinished({ queue, unfinished }: Status): boolean {
  return unfinished > 0 || (queue !== null && queue.unfinished + queue.atService > 0);
}

/** `1 photo`, `1,234 photos`. */
export function photos(count: number): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? 'photo' : 'photos'}`;
}

/** `2 folders`. */
function folders(count: number): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? 'folder' : 'folders'}`;
}

/** `Watching 2 folders · 14 photos today`; null when no folder is watched. */
export function watchLine({ watching }: Status): string | null {
  if (watching.folders === 0) return null;
  const today = watching.photosToday === 0 ? '' : ` · ${photos(watching.photosToday)} today`;
  return `Watching ${folders(watching.folders)}${today}`;
}

/** What in watch folders goes on only when the user does something; null where there is nothing of that kind. */
export function wantLines({ watching: { waiting, away, resting } }: Status): readonly (string | null)[] {
  return [
    waiting === 0 ? null : `${photos(waiting)} ${waiting === 1 ? 'waits' : 'wait'} for your click`,
    away === 0 ? null : `${folders(away)} cannot be reached`,
    resting === 0 ? null : `${folders(resting)} ${NOT_WATCHED}`,
  ];
}

/** What is queued and waits for its watch folder, which is paused or outside its hours; null when nothing does. */
export function restLine({ queue }: Status): string | null {
  const resting = restingPhotos(queue?.resting ?? []);
  return resting === 0 ? null : `${photos(resting)} ${resting === 1 ? 'waits for its' : 'wait for their'} watch folder`;
}

/** One line for a tooltip. */
export function summary(status: Status): string {
  const name = status.practice ? 'Lightbatch (practice)' : 'Lightbatch';
  const parts = [queueText(status), restLine(status), ...wantLines(status)].filter((part) => part !== null);
  return parts.length === 0 ? name : `${name}: ${parts.join(' · ')}`;
}

/** The queue, and while it has nothing to do what is watched; null for neither. */
function queueText(status: Status): string | null {
  const left = photos(status.unfinished);
  const mood = moodOf(status);
  if (mood === 'running') return `${left} to go`;
  const [word, rest] = { idle: [null, ''], paused: ['paused', 'to go'], attention: ['stopped', 'wait'] }[mood];
  if (word !== null && status.unfinished > 0) return `${word}, ${left} ${rest}`;
  const parts = [word, watchLine(status)?.replace('W', 'w') ?? null].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(' · ');
}

/** How the queue is, without a count: what does not change with every photo. */
export function stateLine(status: Status): string {
  const name = status.practice ? 'Lightbatch (practice)' : 'Lightbatch';
  const words = { idle: 'nothing to do', running: 'enhancing', paused: 'paused', attention: 'stopped' } as const;
  const mood = moodOf(status);
  const { folders: watched, resting } = status.watching;
  if (mood === 'idle' && watched > 0) return `${name}: waiting for photos`;
  return `${name}: ${mood === 'idle' && resting > 0 ? 'no service' : words[mood]}`;
}

export interface Progress {
  /** 0 to 1; −1 for none. */
  readonly fraction: number;
  readonly mode: 'none' | 'normal' | 'paused' | 'error';
  /** The number on the app's icon: photos to go; 0 for none. */
  readonly badge: number;
}

/** Progress on the dock or the taskbar. */
export function progressOf(status: Status): Progress {
  const mood = moodOf(status);
  if (mood === 'idle' || status.unfinished === 0) return { fraction: -1, mode: 'none', badge: 0 };
  const fraction = status.done / (status.done + status.unfinished);
  const mode = mood === 'running' ? 'normal' : mood === 'paused' ? 'paused' : 'error';
  return { fraction, mode, badge: status.unfinished };
}
