// Output folders that take no files: their photos wait, and those of all other folders go on. Whether a folder takes
// files is found out by putting one there, and in no other way: what made one photo fail may be that photo's own.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Failure } from '../domain/failure.ts';
import { classify, failure } from '../domain/failure.ts';
import { makeDurableFolder } from '../lib/atomic-write.ts';
import type { Clock } from '../lib/clock.ts';
import type { Disk } from '../lib/disk.ts';
import type { Log } from '../lib/log.ts';

export interface FoldersOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** How long a folder may be away before a run with nothing else to do gives it up, milliseconds; Infinity for never. */
  readonly patienceMs: number;
  /** Whether any photo waits for a folder; one that nobody waits for is not tried again. */
  readonly isWanted: (folder: string) => boolean;
  /** A hold began or ended, or a try was in vain. */
  readonly onChange: () => void;
}

export interface HeldFolder {
  readonly folder: string;
  readonly failure: Failure;
  /** When it is tried again (milliseconds since the epoch). */
  readonly retryAt: number;
}

interface Hold {
  failure: Failure;
  retryAt: number;
  tries: number;
  /** When it was first found so, or the user last said to go on. */
  since: number;
  /** Whether it took files earlier in this run: then it may well come back by itself. */
  readonly worked: boolean;
}

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;

export class Folders {
  readonly #o: FoldersOptions;
  readonly #held = new Map<string, Hold>();
  readonly #good = new Set<string>();
  readonly #looking = new Map<string, Promise<Failure | null>>();
  #pass: Promise<void> | null = null;
  #cancelTimer: (() => void) | null = null;
  #stopped = false;

  constructor(options: FoldersOptions) {
    this.#o = options;
  }

  get names(): readonly string[] {
    return [...this.#held.keys()];
  }

  get held(): readonly HeldFolder[] {
    return [...this.#held].map(([folder, { failure: why, retryAt }]) => ({ folder, failure: why, retryAt }));
  }

  /** Why a folder is held; null when it is not. */
  whyHeld(folder: string): Failure | null {
    return this.#held.get(folder)?.failure ?? null;
  }

  /** Why there is no sense in waiting any longer for any of the held folders; null while there is, or none is held. */
  get givenUp(): Failure | null {
    const { clock, patienceMs } = this.#o;
    const now = clock.now();
    const holds = [...this.#held.values()];
    const hopeful = ({ worked, since, retryAt }: Hold) => retryAt <= now || (worked && now - since < patienceMs);
    if (patienceMs === Infinity || this.#pass !== null || holds.some(hopeful)) return null;
    const [first] = holds;
    return first === undefined || holds.length === 1 ? (first?.failure ?? null) : ofSeveral(holds.length);
  }

  /**
   * Makes sure, before anything is paid, that a folder takes files; tried once, and again after it failed.
   * @returns why it does not: held from then on, unless its disk is full
   */
  async ensure(folder: string): Promise<Failure | null> {
    return this.#good.has(folder) ? this.whyHeld(folder) : await this.look(folder);
  }

  /**
   * Finds out whether a folder takes files now. Never rejects.
   * @returns why it does not: held from then on, unless its disk is full
   */
  look(folder: string): Promise<Failure | null> {
    const held = this.whyHeld(folder);
    if (held !== null) return Promise.resolve(held);
    const looking = this.#looking.get(folder) ?? this.#look(folder);
    this.#looking.set(folder, looking);
    return looking;
  }

  /** Tries all that are held now: the user said to go on, the machine woke up, or the network is back. */
  retryNow(): void {
    const now = this.#o.clock.now();
    for (const hold of this.#held.values()) Object.assign(hold, { retryAt: now, since: now, tries: 0 });
    if (this.#held.size > 0) this.#retryDue();
  }

  /** Tries none any more. Resolves when nothing is under way; a drive that does not answer may take for ever. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer?.();
    await Promise.all([this.#pass, ...this.#looking.values()]);
  }

  async #look(folder: string): Promise<Failure | null> {
    const found = await tryFolder(folder, this.#o.disk);
    this.#looking.delete(folder);
    if (found === null) this.#good.add(folder);
    else if (found.code === 'output_unwritable' && !this.#stopped) this.#hold(folder, found);
    return found;
  }

  #hold(folder: string, found: Failure): void {
    const { clock, log, onChange } = this.#o;
    const now = clock.now();
    const worked = this.#good.delete(folder);
    this.#held.set(folder, { failure: found, retryAt: now + this.#wait(0), tries: 0, since: now, worked });
    log.warn('folder held', { folder, detail: found.detail });
    this.#schedule();
    onChange();
  }

  #schedule(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#stopped || this.#pass !== null || this.#held.size === 0) return;
    const soonest = Math.min(...[...this.#held.values()].map(({ retryAt }) => retryAt));
    const { clock } = this.#o;
    this.#cancelTimer = clock.after(soonest - clock.now(), () => this.#retryDue());
  }

  #retryDue(): void {
    this.#pass ??= this.#retryAll().finally(() => {
      this.#pass = null;
      this.#schedule();
      if (!this.#stopped) this.#o.onChange();
    });
  }

  /** One after the other: a drive that does not answer keeps one thread of the system's few, not all. */
  async #retryAll(): Promise<void> {
    for (const [folder, hold] of [...this.#held]) {
      if (this.#stopped) return;
      if (hold.retryAt <= this.#o.clock.now()) await this.#retry(folder, hold);
    }
  }

  async #retry(folder: string, hold: Hold): Promise<void> {
    const { clock, disk, log, onChange, isWanted } = this.#o;
    try {
      if (!isWanted(folder)) {
        this.#held.delete(folder);
        return;
      }
    } catch (error) {
      log.error('history', { error: String(error) }); // it is tried all the same: that needs no history
    }
    const found = await tryFolder(folder, disk);
    if (found?.code === 'output_unwritable') {
      const tries = hold.tries + 1;
      Object.assign(hold, { failure: found, tries, retryAt: clock.now() + this.#wait(tries) });
      return;
    }
    this.#held.delete(folder); // also when its disk is full: that is the queue's trouble, and found out at the next step
    if (found === null) this.#good.add(folder);
    log.info('folder back', { folder });
    onChange();
  }

  #wait(tries: number): number {
    return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries) * (0.5 + this.#o.random() / 2);
  }
}

/** The file that is put into a folder to see whether it takes one. Hidden, and no photo by its name. */
const PROBE = '.lightbatch-probe.part';

/**
 * Puts a file into a folder, which is made if need be, and takes it away again. It is called the same each time: what a
 * process left there that was killed, or could not take away, goes with the next try. Another process that tries the same
 * folder at the same moment is no trouble.
 * @returns null, `output_unwritable` or `disk_full`
 */
async function tryFolder(folder: string, disk: Disk): Promise<Failure | null> {
  const path = join(folder, PROBE);
  try {
    await makeDurableFolder(folder);
    await rm(path, { force: true }); // never written through a link that somebody put there
    await writeFile(path, 'Lightbatch looks whether this folder takes files.');
    await rm(path, { force: true });
    await disk.freeBytes(folder);
    return null;
  } catch (error) {
    const { code, detail } = classify(error);
    if (code === 'disk_full') return failure(code, { detail });
    return ofFolder(folder, detail);
  }
}

function ofFolder(folder: string, detail: string | undefined): Failure {
  return failure('output_unwritable', {
    message:
      `The output folder ${folder} cannot be written to. Make it writable or reconnect its drive: its photos wait, ` +
      'and what is paid for is fetched then.',
    detail: detail?.replace(/, \w+ '.*$/s, ''), // of the system's text, not which file was tried
  });
}

function ofSeveral(count: number): Failure {
  return failure('output_unwritable', {
    message:
      `${count} output folders cannot be written to. Make them writable or reconnect their drive: their photos wait, ` +
      'and what is paid for is fetched then.',
  });
}
