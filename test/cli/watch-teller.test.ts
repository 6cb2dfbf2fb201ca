// The sentences about photos that were agreed to on the command line.
import { describe, expect, it } from 'vitest';
import { releasedSentences } from '../../app/cli/watch-teller.ts';

const NOTHING = { queued: 0, known: 0, waiting: 0, gone: 0 };

describe('photos that were agreed to', () => {
  it('need no word where they are sent, or wait and are told as such', () => {
    expect(releasedSentences({ ...NOTHING, queued: 3, known: 1, waiting: 2 })).toEqual([]);
  });

  it('are told to be known or gone, and that nothing was sent for them', () => {
    const known = 'was new: nothing was sent, nothing was charged.';
    expect(releasedSentences({ ...NOTHING, known: 3 })).toEqual([`None of them ${known}`]);
    expect(releasedSentences({ ...NOTHING, queued: 4, gone: 1 })).toEqual([
      '1 photo is not there any more: nothing was sent for it.',
    ]);
    expect(releasedSentences({ ...NOTHING, known: 3, gone: 2 })).toEqual([
      '2 photos are not there any more: nothing was sent for them.',
      `None of the others ${known}`,
    ]);
  });
});
