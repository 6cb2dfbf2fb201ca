// How the queue is, in a few words, and what a stop of it asks of the user.
import type { Link, Paced, QueueState, ServiceKind, ServiceState } from '../../app/contract/values.ts';
import type { FailureCode } from '../../app/domain/failure.ts';
import { LIST_PRICE } from '../../app/domain/quote.ts';
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
  const { unfinished, atService, paused, stopped, heldUntil, limitedUntil, paced } = queue;
  const resting = restingPhotos(queue.resting);
  const waiting = Math.max(0, unfinished - resting - atService);
  if (stopped) {
    const why = STOPPED[stopped.code];
    return { mood: 'stopped', text: why === undefined ? 'Stopped' : `Stopped: ${why}` };
  }
  if (paused) return { mood: 'paused', text: pausedText(atService, waiting + resting) };
  if (unfinished - resting <= 0) return { mood: 'idle', text: resting === 0 ? 'Idle' : restingText(resting) };
  if (heldUntil !== null) return { mood: 'held', text: `No connection: next try at ${time(heldUntil)}` };
  if (limitedUntil !== null) return { mood: 'limited', text: `Slowed down by the plan until ${time(limitedUntil)}` };
  if (paced !== null) return { mood: 'paced', text: pacedText(paced, atService, waiting) };
  if (atService === 0) return { mood: 'running', text: `${number(waiting)} waiting` };
  return { mood: 'running', text: `${number(atService)} at the service, ${number(waiting)} waiting` };
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

/** What waits, waits for the plan; also what is at the service may, to be asked about. */
function pacedText({ perMinute }: Paced, atService: number, waiting: number): string {
  const limit = `waiting for the plan’s ${count(perMinute, 'request')} a minute`;
  if (atService === 0) return `${number(waiting)} ${limit}`;
  return waiting === 0
    ? `${number(atService)} at the service, ${limit}`
    : `${number(atService)} at the service, ${number(waiting)} ${limit}`;
}

/** A pause holds back what waits; what is at the service is paid for, and is collected. */
function pausedText(atService: number, waiting: number): string {
  if (atService > 0) return `Paused: ${number(atService)} still come back`;
  return waiting > 0 ? `Paused: ${number(waiting)} waiting` : 'Paused';
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
  return balance.credits < Math.max(LOW_CREDITS, (queue?.unfinished ?? 0) * LIST_PRICE);
}

/** How many photos a balance is enough for, about. */
export function photosFor(credits: number): number {
  return Math.floor(credits / LIST_PRICE + 1e-9);
}
