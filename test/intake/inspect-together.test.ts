import { describe, expect, it } from 'vitest';
import type { Failure } from '../../app/domain/failure.ts';
import type { PictureInfo } from '../../app/domain/picture.ts';
import { InspectTogether } from '../../app/intake/inspect-together.ts';

/** A picture process that answers when it is told to; a photo is as wide as its name says. */
class SlowMedia {
  readonly questions: { paths: readonly string[]; answer: () => void; fail: (error: Error) => void }[] = [];

  inspect(paths: readonly string[]): Promise<(PictureInfo | Failure)[]> {
    const { promise, resolve, reject } = Promise.withResolvers<(PictureInfo | Failure)[]>();
    const answer = () => resolve(paths.map((path) => ({ format: 'jpeg', width: Number(path), height: 1 })));
    this.questions.push({ paths, answer, fail: reject });
    return promise;
  }

  get asked(): number[] {
    return this.questions.map(({ paths }) => paths.length);
  }
}

const names = (count: number) => Array.from({ length: count }, (_, n) => `${n + 1}`);
const widths = (answers: readonly (PictureInfo | Failure)[][]) =>
  answers.flat().map((answer) => ('width' in answer ? answer.width : answer.code));

describe('questions about single files', () => {
  it('that come at the same time are put together, and each gets its own answer', async () => {
    const media = new SlowMedia();
    const together = new InspectTogether(media);
    const answers = Promise.all(names(5).map((name) => together.inspect([name])));
    await Promise.resolve();
    expect(media.asked).toEqual([5]);
    media.questions[0]?.answer();
    expect(widths(await answers)).toEqual([1, 2, 3, 4, 5]);
  });

  it('wait while two are in the air, and go out together with the next, a few dozen at most', async () => {
    const media = new SlowMedia();
    const together = new InspectTogether(media);
    const answers: Promise<(PictureInfo | Failure)[]>[] = [];
    for (const name of names(100)) {
      answers.push(together.inspect([name]));
      await Promise.resolve();
    }
    expect(media.asked).toEqual([1, 1]);
    for (let at = 0; at < media.questions.length; at += 1) {
      media.questions[at]?.answer();
      await answers[at];
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(media.asked).toEqual([1, 1, 32, 32, 32, 2]);
    expect(widths(await Promise.all(answers))).toEqual(names(100).map(Number));
  });

  it('keep their order and number when they are of several files, or of none', async () => {
    const media = new SlowMedia();
    const together = new InspectTogether(media);
    expect(await together.inspect([])).toEqual([]);
    const answers = together.inspect(['7', '3']);
    await Promise.resolve();
    media.questions[0]?.answer();
    expect(widths([await answers])).toEqual([7, 3]);
  });

  it('that fail together leave the next ones alone', async () => {
    const media = new SlowMedia();
    const together = new InspectTogether(media);
    const failing = Promise.allSettled(['1', '2'].map((name) => together.inspect([name])));
    await Promise.resolve();
    media.questions[0]?.fail(new Error('no process'));
    expect(await failing).toMatchObject([{ reason: { message: 'no process' } }, { reason: { message: 'no process' } }]);
    const next = together.inspect(['3']);
    await Promise.resolve();
    media.questions[1]?.answer();
    expect(widths([await next])).toEqual([3]);
  });
});
