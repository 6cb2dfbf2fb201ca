// Thumbnails under a scrolling window: what is made first, what is not made at all, what is not tried again.
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Wanted } from '../../app/backend/thumbnails.ts';
import { Thumbnails } from '../../app/backend/thumbnails.ts';
import { failure, FailureError, type FailureCode } from '../../app/domain/failure.ts';
import type { Thumbnail, ThumbnailRequest } from '../../app/domain/picture.ts';
import { silentLog } from '../../app/lib/log.ts';
import { ManualClock } from '../fakes/clock.ts';
import { tempFolder } from '../media/pictures.ts';

/** A picture process that makes a picture when it is told to. */
class Hand {
  readonly begun: string[] = [];
  readonly #waiting = new Map<string, PromiseWithResolvers<Thumbnail>>();
  readonly #began = new Set<() => void>();

  async thumbnail({ source, target }: ThumbnailRequest): Promise<Thumbnail> {
    const work = Promise.withResolvers<Thumbnail>();
    this.begun.push(source);
    this.#waiting.set(source, work);
    for (const tell of this.#began) tell();
    const answer = await work.promise;
    if (answer.made) writeFileSync(target, 'a picture');
    return answer;
  }

  async until(count: number): Promise<void> {
    if (this.begun.length >= count) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (this.begun.length < count) return;
        this.#began.delete(look);
        resolve();
      };
      this.#began.add(look);
    });
  }

  finish(source: string, answer: Thumbnail | FailureCode = { made: true, width: 1, height: 1 }): void {
    const work = this.#waiting.get(source);
    if (typeof answer === 'string') work?.reject(new FailureError(failure(answer)));
    else work?.resolve(answer);
  }
}

function setUp() {
  const hand = new Hand();
  const clock = new ManualClock();
  const thumbnails = new Thumbnails({ media: hand, clock, log: silentLog, dir: tempFolder() });
  const wanted = (jobId: number): Wanted => ({
    jobId,
    which: 'original',
    tier: 'small',
    source: `photo ${jobId}`,
    stats: { size: jobId, mtimeMs: 1 },
  });
  return { hand, clock, thumbnails, wanted };
}

/** Asks for pictures in order, each after the one before is known to wait. */
async function ask(thumbnails: Thumbnails, all: readonly Wanted[], signal?: AbortSignal) {
  const files: Promise<string | null>[] = [];
  for (const wanted of all) {
    files.push(thumbnails.file(wanted, signal));
    // Looks at the disk as asking does, so that asking is past that: so often, as a busy machine may overtake one look.
    for (let look = 0; look < 40; look += 1) await thumbnails.has(wanted);
  }
  return files;
}

describe('thumbnails', () => {
  it('are made two at a time, the newest request first', async () => {
    const { hand, thumbnails, wanted } = setUp();
    const files = await ask(thumbnails, [1, 2, 3, 4, 5].map(wanted));
    await hand.until(2);
    expect(hand.begun).toEqual(['photo 1', 'photo 2']);
    for (const next of [5, 4, 3]) {
      hand.finish(hand.begun.at(-2) ?? '');
      await hand.until(8 - next);
      expect(hand.begun.at(-1)).toBe(`photo ${next}`);
    }
    for (const source of hand.begun) hand.finish(source);
    expect((await Promise.all(files)).every((path) => path !== null)).toBe(true);
  });

  it('with every pixel are made one at a time, so that small ones always have a way through', async () => {
    const { hand, thumbnails, wanted } = setUp();
    const full = (jobId: number): Wanted => ({ ...wanted(jobId), tier: 'full' });
    const files = await ask(thumbnails, [full(1), full(2), wanted(3), full(4), wanted(5)]);
    await hand.until(2);
    expect(hand.begun).toEqual(['photo 1', 'photo 3']);
    hand.finish('photo 3');
    await hand.until(3);
    expect(hand.begun.at(-1)).toBe('photo 5');
    hand.finish('photo 5');
    await files[4];
    expect(hand.begun).toHaveLength(3); // both slots but one are free, and two full ones wait
    hand.finish('photo 1');
    await hand.until(4);
    expect(hand.begun.at(-1)).toBe('photo 4');
    hand.finish('photo 4');
    await hand.until(5);
    hand.finish('photo 2');
    expect((await Promise.all(files)).every((path) => path !== null)).toBe(true);
  });

  it('asked for again go to the front', async () => {
    const { hand, thumbnails, wanted } = setUp();
    const files = await ask(thumbnails, [1, 2, 3, 4, 3].map(wanted));
    hand.finish('photo 1');
    await hand.until(3);
    expect(hand.begun).toEqual(['photo 1', 'photo 2', 'photo 3']);
    hand.finish('photo 2');
    await hand.until(4);
    hand.finish('photo 3');
    hand.finish('photo 4');
    const paths = await Promise.all(files);
    expect(paths[2]).toBe(paths[4]);
    expect(hand.begun).toHaveLength(4);
  });

  it('that nobody waits for any more are not made', async () => {
    const { hand, thumbnails, wanted } = setUp();
    const kept = await ask(thumbnails, [1, 2, 3].map(wanted));
    const scrolled = new AbortController();
    const dropped = await ask(thumbnails, [4, 3].map(wanted), scrolled.signal);
    scrolled.abort();
    expect(await Promise.all(dropped)).toEqual([null, null]);
    hand.finish('photo 1');
    await hand.until(3);
    hand.finish('photo 2');
    hand.finish('photo 3');
    await Promise.all(kept);
    expect(hand.begun).toEqual(['photo 1', 'photo 2', 'photo 3']);
  });

  it('that failed are not tried again for a minute, those whose process was stopped at once', async () => {
    const { hand, clock, thumbnails, wanted } = setUp();
    const attempt = async (answer: FailureCode) => {
      const file = thumbnails.file(wanted(1));
      await hand.until(hand.begun.length + 1);
      hand.finish('photo 1', answer);
      return await file;
    };
    expect(await attempt('photo_damaged')).toBeNull();
    expect(await thumbnails.file(wanted(1))).toBeNull();
    expect(hand.begun).toHaveLength(1);
    clock.advance(61_000);
    expect(await attempt('offline')).toBeNull(); // stands for any that may be tried again
    expect(await attempt('photo_damaged')).toBeNull();
    expect(hand.begun).toHaveLength(3);
  });

  it('lie apart by job, and end as nothing when the app does', async () => {
    const { hand, thumbnails, wanted } = setUp();
    const files = await ask(thumbnails, [1, 2, 2_001].map(wanted));
    thumbnails.stop();
    expect(await files[2]).toBeNull();
    hand.finish('photo 1');
    expect(basename((await files[0]) ?? '')).toMatch(/^1-original-small-[0-9a-f]{16}\.jpg$/);
    expect(await thumbnails.file(wanted(7))).toBeNull();
    hand.finish('photo 2');
    await files[1];
  });
});
