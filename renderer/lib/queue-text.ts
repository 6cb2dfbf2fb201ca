// How the queue is, in a few words, and what a stop of it asks of the user.
import type { Link, Paced, QueueState, ServiceKind, ServiceState } from '../../app/contract/values.ts';
import type { FailureCode } from '../../app/domain/failure.ts';
import { restingPhotos } from '../../app/domain/watch.ts';
import { count, number, time } from './format.ts';

export type QueueMood = 'idle' | 'running' | 'paced' | 'paused' | 'stopped' | 'held' | 'limited';

export interface QueueSummary {
  readonly mood: QueueMood;
  readonly text: string;
}

const STOPPED: Partial<Record<FailureCode, string>> = {
  bad_key: 'the key is not accepted',
  forbidden: 'no access to the model',
  no_credits: 'out of credits',
  spend_limit: 'spend limit reached',
  model_gone: 'the model is gone',
  disk_full: 'the disk is nearly full',
  data_unwritable: 'data folder not writable',
};

/** One line for the sidebar; null while there is no service that photos could wait for. */
export function queueSummary(queue: QueueState | null, kind: ServiceKind): QueueSummary | null {
  if (queue === null || kind === 'none') return null;
  const { unfinished, paused, stopped, heldUntil, limitedUntil, paced } = queue;
  const resting = restingPhotos(queue.resting);
  if (stopped) {
    const why = STOPPED[stopped.code];
    return { mood: 'stopped', text: why === undefined ? 'Stopped' : `Stopped: ${why}` };
  }
  if (paused) return { mood: 'paused', text: pausedText(queue) };
  if (unfinished - resting <= 0) return { mood: 'idle', text: resting === 0 ? 'Idle' : restingText(resting) };
  if (heldUntil !== null) return { mood: 'held', text: `No connection: next try at ${time(heldUntil)}` };
  if (limitedUntil !== null) return { mood: 'limited', text: `Slowed down by the plan until ${time(limitedUntil)}` };
  if (paced !== null) return { mood: 'paced', text: pacedText(paced, queue) };
  return { mood: 'running', text: [...workingPart(queue), ...waitingPart(queue)].join(', ') };
}

/** Photos that wait for their watch folder: what goes on besides is told without them. */
function restingText(photos: number): string {
  return photos === 1 ? '1 waits for its watch folder' : `${number(photos)} wait for their watch folder`;
}

const MOODS: Readonly<Record<QueueMood, string>> = {
  idle: 'Idle',
  running: 'Running',
  paced: 'Running', // it comes and goes: read out each time it would be noise
  paused: 'Paused',
  stopped: 'Stopped',
  held: 'No connection',
  limited: 'Slowed down by the plan',
};

/** For screen readers: only what changes seldom. Numbers that run would be read out without end. */
export function queueMood({ mood, text }: QueueSummary): string {
  return mood === 'stopped' ? text : MOODS[mood];
}

/** In the groups and words of a batch's filter: beside it stand the same numbers. */
function workingPart({ unfinished, waiting }: QueueState): readonly string[] {
  return unfinished > waiting ? [`${number(unfinished - waiting)} in progress`] : [];
}

/** Without those that wait for their watch folder, unless all wait for the end of a pause. */
function waitingPart({ waiting, resting, paused }: QueueState): readonly string[] {
  const photos = paused ? waiting : waiting - restingPhotos(resting);
  return photos > 0 ? [`${number(photos)} waiting`] : [];
}

/** What waits, waits for the plan; also what is at the service may, to be asked about. */
function pacedText({ perMinute }: Paced, queue: QueueState): string {
  const waits = waitingPart(queue)[0] ?? 'waiting';
  return [...workingPart(queue), `${waits} for the plan’s ${count(perMinute, 'request')} a minute`].join(', ');
}

/** A pause holds back what waits; what is at the service is paid for, and is collected. */
function pausedText(queue: QueueState): string {
  if (queue.atService > 0) return `Paused: ${number(queue.atService)} still come back`;
  const parts = [...workingPart(queue), ...waitingPart(queue)];
  return parts.length === 0 ? 'Paused' : `Paused: ${parts.join(', ')}`;
}

/** What mends a stop, beside going on. */
export type Remedy = { readonly kind: 'key' } | { readonly kind: 'link'; readonly link: Link; readonly label: string };

/** The remedy for a failure that concerns the account; null when there is none to be had in the app. */
export function remedyFor(code: FailureCode, kind: ServiceKind): Remedy | null {
  if (kind !== 'segmind') return null;
  switch (code) {
    case 'bad_key':
      return { kind: 'key' };
    case 'no_credits':
      return { kind: 'link', link: 'segmind-credits', label: 'Add credits' };
    case 'spend_limit':
    case 'forbidden':
      return { kind: 'link', link: 'segmind', label: 'Open Segmind' };
    default:
      return null;
  }
}

const LOW_CREDITS = 1;

/** Whether the account will not last: for what waits, or for 25 more photos. */
export function isLow(balance: NonNullable<ServiceState['balance']>, queue: QueueState | null): boolean {
  const going = queue === null ? 0 : (queue.unfinished - restingPhotos(queue.resting)) * queue.photoPrice.credits;
  return balance.credits < Math.max(LOW_CREDITS, going);
}

/** How many photos a balance is enough for, about. @param price credits a photo */
export function photosFor(credits: number, price: number): number {
  return Math.floor(credits / price + 1e-9);
}
