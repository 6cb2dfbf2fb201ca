// What is told while folders are watched: how each of them is, what waits and why, and what a click on a terminal would send.
import { basename } from 'node:path';
import type { HeldPhotos, ReleasedPhotos, WatchRow } from '../contract/watch.ts';
import { failure, type Failure } from '../domain/failure.ts';
import type { Output } from './output.ts';
import { count, credits, shown } from './text.ts';
import { clockTime, limitsText } from './watch-limits.ts';

export interface WatchTellerOptions {
  readonly output: Output;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether what was there before is offered. */
  readonly existing: boolean;
  /** Who is asked to send photos for a price that is being told; null where nobody is there to be asked. */
  readonly asker: Asker | null;
}

export interface Asker {
  /** @returns how to agree, to be told at once; null where nobody can be asked just now */
  offer(offer: Offer): string | null;
  /** It does not wait any more. */
  withdraw(offer: Pick<Offer, 'watchId' | 'which'>): void;
}

/** Photos that an agreement sends. */
export interface Offer {
  readonly watchId: number;
  readonly which: 'held' | 'existing';
  readonly agreement: number;
  /** How many they are, and what they will probably cost. */
  readonly photos: number;
  readonly credits: number;
  readonly practice: boolean;
}

/** A number that still changes is not told; it must have been the same for so long, milliseconds. */
const CALM_MS = 2_000;
/** A file is told to wait when it has waited for so long, milliseconds: most are whole in a moment. */
const PATIENCE_MS = 15_000;

/** What was told of a folder. */
interface Told {
  state: WatchRow['state'] | null;
  begun: boolean;
  trouble: string | null;
  polling: WatchRow['polling'];
  held: { readonly photos: HeldPhotos; readonly since: number; told: boolean } | null;
  existing: boolean;
  /** Queued photos that wait while it rests: how many there were, since when, and whether that was told. */
  resting: { readonly photos: number; readonly since: number; readonly told: boolean };
  /** Photos that are known: how many were told of or were there before, how many there are, and since when. */
  known: { readonly told: number; readonly count: number; readonly since: number } | null;
  readonly waiting: Set<string>;
  /** The last file of which it was told that it is left out; null before any row was seen. */
  leftOut: number | null;
  raw: boolean;
  json: string;
}

export class WatchTeller {
  readonly #o: WatchTellerOptions;
  readonly #told = new Map<number, Told>();

  constructor(options: WatchTellerOptions) {
    this.#o = options;
  }

  /** Tells what is new in the rows; call it again a moment later, since some of it is told only when it lasts. */
  tell(rows: readonly WatchRow[]): void {
    for (const row of rows) {
      const told = this.#toldOf(row.id);
      this.#emit(row, told);
      this.#tellState(row, told);
      this.#tellTrouble(row, told);
      this.#tellExisting(row, told);
      this.#tellHeld(row, told);
      this.#tellResting(row, told);
      this.#tellKnown(row, told);
      this.#tellWaiting(row, told);
      this.#tellLeftOut(row, told);
    }
  }

  #toldOf(id: number): Told {
    const fresh = { state: null, begun: false, trouble: null, polling: null, held: null, existing: false, known: null };
    const resting = { photos: 0, since: 0, told: true };
    const told = this.#told.get(id) ?? {
      ...fresh,
      resting,
      waiting: new Set<string>(),
      leftOut: null,
      raw: false,
      json: '',
    };
    this.#told.set(id, told);
    return told;
  }

  #emit(row: WatchRow, told: Told): void {
    const { id, path, outputFolder, state, polling, trouble, waiting, leftOut, today } = row;
    const photosOf = (held: HeldPhotos | null) => held && { why: held.why, photos: held.photos, credits: held.credits };
    const line = {
      type: 'watch',
      id,
      path,
      output: outputFolder,
      state,
      polling,
      trouble: trouble && { code: trouble.code, message: trouble.message, detail: trouble.detail ?? null },
      held: photosOf(row.held),
      resting: row.resting,
      existing: photosOf(row.existing),
      today: {
        queued: today.queued,
        enhanced: today.enhanced,
        failed: today.failed,
        known: today.known,
        credits: today.credits,
      },
      waiting: waiting.map(({ name, reason }) => ({ name, reason })),
      leftOut: {
        count: leftOut.count,
        raw: leftOut.raw,
        files: leftOut.files.map(({ name, reason }) => ({ name, reason })),
      },
    };
    const json = JSON.stringify(line);
    if (json === told.json) return;
    told.json = json;
    this.#o.output.emit(line);
  }

  #tellState(row: WatchRow, told: Told): void {
    const { state, settings } = row;
    const before = told.state;
    if (state === before) return;
    told.state = state;
    if (state === 'paused') this.#o.output.say(`${nameOf(row)} is paused: new photos wait.`);
    if (state === 'unavailable') {
      const message = row.trouble?.message ?? 'It cannot be reached.';
      this.#o.output.warn(`${nameOf(row)}: ${message}${reasonOf(row.trouble)}`);
    } else if (state === 'watching' || state === 'resting') {
      if (!told.begun) {
        this.#o.output.say(beginning(row));
        const limits = limitsText(settings);
        if (limits !== null) this.#o.output.say(limits);
      } else if (before === 'unavailable' || before === 'starting') this.#o.output.say(`${nameOf(row)} is back.`);
      told.begun = true;
      if (state === 'resting' && settings.hours !== null) {
        this.#o.output.say(`${nameOf(row)}: photos that come now wait until ${clockTime(settings.hours.from)}.`);
      }
    }
  }

  #tellTrouble(row: WatchRow, told: Told): void {
    if (row.polling !== told.polling && row.polling === 'network') {
      this.#o.output.say(`${nameOf(row)} is on a network drive, so it is looked through again and again.`);
    }
    told.polling = row.polling;
    const code = row.state === 'unavailable' ? null : (row.trouble?.code ?? null);
    if (code === told.trouble) return;
    told.trouble = code;
    if (code !== null && row.trouble !== null) this.#o.output.warn(`${nameOf(row)}: ${row.trouble.message}`);
  }

  #tellExisting(row: WatchRow, told: Told): void {
    const { existing } = row;
    if (told.existing || existing === null || row.state === 'starting') return;
    told.existing = true;
    const [were, are, them] = existing.photos === 1 ? ['was', 'is', 'it'] : ['were', 'are', 'them'];
    const there = `${nameOf(row)}: ${count(existing.photos, 'photo')} ${were} there before`;
    if (!this.#o.existing) {
      this.#o.output.say(`${there} and ${are} left alone; --existing enhances ${them} (${price(row, existing)}).`);
    } else if (this.#o.asker !== null) {
      const way = this.#o.asker.offer(offerOf(row, 'existing', existing)) ?? sentLater('existing', them);
      this.#o.output.say(`${there} (${price(row, existing)}). ${way}`);
    }
  }

  #tellHeld(row: WatchRow, told: Told): void {
    const { held } = row;
    if (held?.why !== 'storm') this.#o.asker?.withdraw({ watchId: row.id, which: 'held' });
    if (held === null) {
      told.held = null;
      return;
    }
    const before = told.held;
    const now = this.#o.now();
    if (before?.photos.why !== held.why || before.photos.agreement !== held.agreement) {
      // More that waits for the same reason is told of only where it changes what is asked.
      const known = before?.told === true && before.photos.why === held.why && held.why !== 'storm';
      told.held = { photos: held, since: now, told: known };
      return;
    }
    if (before.told || now - before.since < CALM_MS) return;
    before.told = true;
    this.#o.output.say(this.#heldLine(row, held));
  }

  /** Told once it is calm: when a folder begins to rest, what is at the service is still coming back. */
  #tellResting(row: WatchRow, told: Told): void {
    const { resting: photos, settings, paused } = row;
    const now = this.#o.now();
    const before = told.resting;
    if (photos !== before.photos) {
      told.resting = { photos, since: now, told: photos < before.photos && before.told };
    }
    if (photos === 0 || told.resting.told || now - told.resting.since < CALM_MS) return;
    told.resting = { ...told.resting, told: true };
    const wait = `${nameOf(row)}: ${count(photos, 'queued photo')} ${photos === 1 ? 'waits' : 'wait'}`;
    const until = settings.hours === null ? '' : ` until ${clockTime(settings.hours.from)} (--hours)`;
    this.#o.output.say(paused ? `${wait} while it is paused.` : `${wait}${until}.`);
  }

  #heldLine(row: WatchRow, held: HeldPhotos): string {
    const many = held.photos !== 1;
    const photos = `${nameOf(row)}: ${count(held.photos, 'new photo')} ${many ? 'wait' : 'waits'}`;
    const { settings } = row;
    switch (held.why) {
      case 'storm': {
        const way = this.#o.asker?.offer(offerOf(row, 'held', held)) ?? sentLater('held', many ? 'them' : 'it');
        return `${photos}, since more than ${settings.stormLimit} came at once (${price(row, held)}). ${way}`;
      }
      case 'photos-a-day':
        return `${photos} for tomorrow: ${count(settings.photosADay ?? 0, 'photo')} a day is its limit (--photos-a-day).`;
      case 'credits-a-day':
        return `${photos} for tomorrow: ${credits(settings.creditsADay ?? 0)} a day are its limit (--credits-a-day).`;
      case 'hours':
        return `${photos} until ${clockTime(settings.hours?.from ?? 0)} (--hours).`;
      default:
        return `${photos}.`;
    }
  }

  /** What was known before this run is not told, and what comes is told once it is calm. */
  #tellKnown(row: WatchRow, told: Told): void {
    const { known } = row.today;
    const now = this.#o.now();
    const before = told.known ?? { told: known, count: known, since: now };
    const since = known === before.count ? before.since : now;
    const isNewDay = known < before.told;
    told.known = { told: isNewDay ? 0 : before.told, count: known, since };
    const fresh = known - told.known.told;
    if (fresh === 0 || now - since < CALM_MS) return;
    told.known = { ...told.known, told: known };
    const they = fresh === 1 ? 'is known already, so it is' : 'are known already, so they are';
    this.#o.output.say(`${nameOf(row)}: ${count(fresh, 'photo')} ${they} not sent again.`);
  }

  #tellWaiting(row: WatchRow, told: Told): void {
    const now = this.#o.now();
    const waiting = new Set(row.waiting.map(({ name, reason }) => `${name}\0${reason}`));
    for (const known of told.waiting) if (!waiting.has(known)) told.waiting.delete(known);
    for (const { name, reason, since } of row.waiting) {
      const key = `${name}\0${reason}`;
      if (told.waiting.has(key) || now - since < PATIENCE_MS) continue;
      told.waiting.add(key);
      this.#o.output.say(`${basename(name)} waits. ${reason}`);
    }
  }

  /** What was left out before this run is counted only. */
  #tellLeftOut(row: WatchRow, told: Told): void {
    if (row.state === 'starting') return;
    const { files, count: all, raw } = row.leftOut;
    const before = told.leftOut;
    told.leftOut = Math.max(before ?? 0, files[0]?.id ?? 0);
    const isNew = before === null ? [] : files.filter(({ id }) => id > before).reverse();
    for (const { name, reason } of isNew) this.#o.output.say(`${name} is left out. ${reason}`);
    if ((before === null && all > 0) || (isNew.length === files.length && all > files.length)) {
      const them = all === 1 ? '1 file that is no photo is' : `${all} files that are no photos are`;
      this.#o.output.say(`${nameOf(row)}: ${them} left out.`);
    }
    if (raw === 0 || told.raw) return;
    told.raw = true;
    const [are, them] = raw === 1 ? ['is', 'it'] : ['are', 'them'];
    const way = `Export ${them} as JPEG, PNG, WebP or TIFF first.`;
    this.#o.output.say(`${nameOf(row)}: ${count(raw, 'RAW file')} ${are} left out. ${way}`);
  }
}

function beginning({ path, outputFolder, settings, practice, usualCost }: WatchRow): string {
  const mark = practice ? ' (practice, not Bria)' : `, about ${credits(usualCost)} a photo`;
  const subs = settings.recursive ? ' with its sub-folders' : '';
  return `Watching ${shown(path)}${subs} -> ${shown(outputFolder)}${mark}. Ctrl-C ends it.`;
}

function nameOf({ name }: WatchRow): string {
  return `“${name}”`;
}

/** What some photos will probably cost. */
export function price({ practice }: Pick<WatchRow, 'practice'>, { why, credits: sum }: HeldPhotos): string {
  return priceText(practice, sum, why === 'existing');
}

/** @param isMost whether some of the photos may be known, and cost nothing */
export function priceText(practice: boolean, sum: number, isMost: boolean): string {
  return practice ? 'free: practice, not Bria' : `${isMost ? 'up to ' : ''}about ${credits(sum)}`;
}

/** What an agreement to photos of a folder names. */
export function offerOf({ id, practice }: WatchRow, which: Offer['which'], held: HeldPhotos): Offer {
  return { watchId: id, which, agreement: held.agreement, photos: held.photos, credits: held.credits, practice };
}

/** How photos are sent that nobody can be asked about. */
export function sentLater(which: Offer['which'], them: string): string {
  const what = `End this with Ctrl-C, then “watch --${which} --yes” with this folder enhances ${them}`;
  if (which === 'existing') return `${what}.`;
  return `${what}, and “watch --leave-held” leaves ${them} alone; --storm-limit says what is too many.`;
}

/** What became of photos that were agreed to, where that is not what was announced. */
export function releasedSentences({ queued, known, waiting, gone }: ReleasedPhotos): string[] {
  const [are, them] = gone === 1 ? ['is', 'it'] : ['are', 'them'];
  const lost = `${count(gone, 'photo')} ${are} not there any more: nothing was sent for ${them}.`;
  const none = `None of ${gone > 0 ? 'the others' : 'them'} was new: nothing was sent, nothing was charged.`;
  return [...(gone > 0 ? [lost] : []), ...(known > 0 && queued + waiting === 0 ? [none] : [])];
}

/** Why a folder cannot be reached, where its message leaves that open: the system's own word comes twice and in code. */
function reasonOf(trouble: Failure | null): string {
  if (trouble === null || trouble.message !== failure(trouble.code).message) return '';
  const { detail = '' } = trouble;
  const code = /^(E[A-Z]+):/.exec(detail)?.[1];
  if (code === 'ENOENT' || code === 'ENOTDIR') return ' (It is not there.)';
  const reason = code ?? detail;
  return reason === '' ? '' : ` (${reason})`;
}
