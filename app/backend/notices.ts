// What the user is told once and can put away for good. What happened at one moment is kept until it is put away; what is
// so at the moment (a key for this session only) is told as long as it is so, unless it was put away.
import type { Notice } from '../contract/values.ts';
import type { Repair } from '../history/repair.ts';
import type { Preferences } from './preferences.ts';

/** What had to be done to open a damaged history, in sentences. */
export function repairSentences({ movedTo, restoredFrom }: Repair): string[] {
  const found = movedTo ? `The history was damaged. The damaged file is kept as ${movedTo}.` : 'The history was gone.';
  if (restoredFrom === null) {
    return [
      found,
      'There was no backup, so the history begins anew. Photos that are already enhanced are still skipped by their file names.',
    ];
  }
  return [
    found,
    `${restoredFrom === movedTo ? 'What of it is sound' : `The backup ${restoredFrom}`} took its place. ` +
      'What waited then may have been enhanced since: it is listed as uncertain and not sent again by itself.',
  ];
}

/** What is told of photos that were on their way when an earlier run ended without warning. */
export function cutShort(photos: number, now: number): Notice {
  const [subject, wait] = photos === 1 ? ['a photo was', 'It waits'] : [`${photos} photos were`, 'They wait'];
  const text =
    `Lightbatch ended while ${subject} being sent, so it is not known whether that was charged. ` +
    `${wait} for your decision in the history, and nothing is sent again by itself.`;
  return { id: `cut-short-${now}`, tone: 'warning', text };
}

/** So many are kept; the oldest give way. */
const KEPT = 20;

export class Notices {
  readonly #settings: Preferences;
  /** What is so at the moment, by id. */
  readonly #passing = new Map<string, Notice>();

  constructor(settings: Preferences) {
    this.#settings = settings;
  }

  /** Those that were not put away, oldest first; what is so at the moment comes last. */
  list(): Notice[] {
    const dismissed = this.#settings.dismissedNotices;
    return [...this.#settings.notices, ...[...this.#passing.values()].filter(({ id }) => !dismissed.includes(id))];
  }

  /** Keeps a notice until it is put away. */
  keep(notice: Notice): void {
    const others = this.#settings.notices.filter(({ id }) => id !== notice.id);
    this.#settings.setNotices([...others, notice].slice(-KEPT));
  }

  /** Tells what is so at the moment. */
  show(notice: Notice): void {
    this.#passing.set(notice.id, notice);
  }

  /** It is not so any more. */
  hide(id: string): void {
    this.#passing.delete(id);
  }

  dismiss(id: string): void {
    const { notices } = this.#settings;
    if (notices.some((notice) => notice.id === id)) {
      this.#settings.setNotices(notices.filter((notice) => notice.id !== id));
    } else if (this.#passing.has(id)) {
      this.#settings.setDismissedNotices([...new Set([...this.#settings.dismissedNotices, id])]);
    }
  }
}
